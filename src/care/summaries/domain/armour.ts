const BEGIN = '-----BEGIN CARETHREAD RECORD-----';
const END = '-----END CARETHREAD RECORD-----';
const BLOCK = new RegExp(`^${BEGIN}\\n([A-Za-z0-9+/=\\n]+)\\n${END}$`, 'm');

/** RFC 7468 uses 64 characters a line: mail and print gateways leave such lines alone. */
const LINE = /.{1,64}/g;

/** A JWE under a readable notice, for EHRs that take plain text only (carrier C). */
export function armour(notice: string, jwe: string): string {
  const lines = Buffer.from(jwe, 'utf8').toString('base64').match(LINE) ?? [];
  return [notice, '', BEGIN, ...lines, END, ''].join('\n');
}

/** The JWE in an armoured text; null when there is none. */
export function disarm(text: string): string | null {
  const block = BLOCK.exec(text.replaceAll('\r\n', '\n'))?.[1];
  return block === undefined ? null : Buffer.from(block, 'base64').toString('utf8');
}
