import fc from 'fast-check';
import { isSameSecret, isSignature, isSignedBy, signatureOf } from './signature.js';

// Checked with openssl. The escapes of the second body are in its bytes, as Meta writes them.
const PLAIN = Buffer.from('{"object":"whatsapp_business_account"}');
const ESCAPED = Buffer.from(
  '{"object":"whatsapp_business_account","entry":[{"id":"900","changes":[{"field":"messages","value":{"t":"Ol\\u00e1 \\ud83d\\ude00"}}]}]}',
);
const GOOD = 'sha256=591501d3becf405f585e48f66f9a81d4031a487841a678c547919bccf1494cdb';

describe('the signature of a webhook', () => {
  it('is HMAC-SHA-256 over the bytes', () => {
    expect(signatureOf('test-app-secret', PLAIN)).toBe(
      'sha256=b6978b21c4467654c466607663db9b43fae44b71083568df403e0a077089208e',
    );
    expect(ESCAPED).toHaveLength(132);
    expect(isSignedBy('sandbox-secret', ESCAPED, GOOD)).toBe(true);
  });

  it('does not fit the same JSON written again', () => {
    const again = Buffer.from(JSON.stringify(JSON.parse(ESCAPED.toString())));
    expect(signatureOf('sandbox-secret', again)).toBe(
      'sha256=c2158d3746b479b07fc1f8369f9ea7fcb0cbad5c96179241fae252a7747dbe21',
    );
    expect(isSignedBy('sandbox-secret', again, GOOD)).toBe(false);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['of SHA-1', `sha1=${'0'.repeat(40)}`],
    ['in upper case', GOOD.replace(/[a-f]/g, (digit) => digit.toUpperCase())],
    ['one digit short', GOOD.slice(0, -1)],
    ['one digit long', `${GOOD}0`],
    ['with a line break', `${GOOD}\n`],
  ])('has no right shape when it is %s', (_, header) => {
    expect(isSignature(header)).toBe(false);
  });

  it('belongs to one secret and one body', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const secret = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(bytes, bytes, secret, secret, (body, other, mine, yours) => {
        const header = signatureOf(mine, body);
        expect(isSignature(header)).toBe(true);
        expect(isSignedBy(mine, body, header)).toBe(true);
        if (mine !== yours) expect(isSignedBy(yours, body, header)).toBe(false);
        if (Buffer.compare(body, other) !== 0) expect(isSignedBy(mine, other, header)).toBe(false);
      }),
    );
  });

  it('compares tokens of any length', () => {
    expect(isSameSecret('verify-me', 'verify-me')).toBe(true);
    expect(isSameSecret('verify-me', 'verify')).toBe(false);
  });
});
