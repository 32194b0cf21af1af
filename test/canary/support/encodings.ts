/** One byte sequence that must not be found, and what it is. */
export interface Needle {
  bytes: Buffer;
  canary: string;
  encoding: string;
}

/** Every form in which a text may lie in a file: as it is, as PostgreSQL, JSON, URLs and tokens write it. */
export function needlesOf(canary: string): Needle[] {
  const utf8 = Buffer.from(canary, 'utf8');
  const utf16 = Buffer.from(canary, 'utf16le');
  const forms: [encoding: string, bytes: Buffer][] = [
    ['utf-8', utf8],
    ['utf-8, lower case', Buffer.from(canary.toLowerCase())],
    ['utf-8, decomposed', Buffer.from(canary.normalize('NFD'))],
    ['utf-16le', utf16],
    ['utf-16be', Buffer.from(utf16).swap16()],
    ['hex', ascii(utf8.toString('hex'))],
    ['hex, upper case', ascii(utf8.toString('hex').toUpperCase())],
    ['percent', ascii(percent(utf8))],
    ['percent, lower case', ascii(percent(utf8).toLowerCase())],
    ['percent, where needed', ascii(encodeURIComponent(canary.toWellFormed()))],
    ['json escapes', ascii(escapes(canary, 'all'))],
    [
      'json escapes, upper case',
      ascii(
        escapes(canary, 'all')
          .replaceAll(/[a-f]/g, (c) => c.toUpperCase())
          .replaceAll('\\U', '\\u'),
      ),
    ],
    ['json escapes, where needed', ascii(escapes(canary, 'non-ascii'))],
    ['json string', Buffer.from(JSON.stringify(canary).slice(1, -1))],
    ...base64(utf8),
  ];
  // Forms that are the same bytes go by the first of their names.
  const known = new Map(
    forms.toReversed().map(([encoding, bytes]) => [bytes.toString('latin1'), { bytes, canary, encoding }]),
  );
  return [...known.values()];
}

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

const percent = (bytes: Buffer): string =>
  [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');

function escapes(text: string, which: 'all' | 'non-ascii'): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return units
    .map((unit) =>
      which === 'non-ascii' && unit < 0x80
        ? String.fromCharCode(unit)
        : `\\u${unit.toString(16).padStart(4, '0')}`,
    )
    .join('');
}

/** At each of the three places in a group of three bytes, without the characters that its neighbours decide. */
function base64(bytes: Buffer): [string, Buffer][] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const from = Math.ceil((before * 4) / 3);
    const to = Math.floor(((before + bytes.length) * 4) / 3);
    const inner = text.slice(from, to);
    const url = inner.replaceAll('+', '-').replaceAll('/', '_');
    return [
      [`base64 +${before}`, ascii(inner)],
      [`base64url +${before}`, ascii(url)],
    ] as [string, Buffer][];
  });
}
