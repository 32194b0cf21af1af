import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readPrivateKey } from './private-key.js';

const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const pem = (key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1' = 'pkcs8'): string =>
  key.export({ type: type as 'pkcs8', format: 'pem' }) as string;

describe('a private key that the hospital gives', () => {
  const p384 = ec('P-384');
  const rsa2048 = rsa(2048);
  const jwk = p384.export({ format: 'jwk' });

  it.each([
    ['PEM, PKCS #8', pem(p384)],
    ['PEM, SEC 1', pem(p384, 'sec1')],
    ['PEM with its line breaks written out', pem(p384).replaceAll('\n', '\\n')],
    ['JWK', JSON.stringify(jwk)],
    ['JWK with more than the key', JSON.stringify({ ...jwk, kid: 'mine', alg: 'ES384', use: 'sig' })],
  ])('is read as %s, and nothing beside the key is kept', (_, text) => {
    expect(readPrivateKey(text, 'ES384')).toEqual({ key: jwk });
  });

  it('is read as RSA', () => {
    for (const text of [
      pem(rsa2048),
      pem(rsa2048, 'pkcs1'),
      JSON.stringify(rsa2048.export({ format: 'jwk' })),
    ])
      expect(readPrivateKey(text, 'RS384')).toEqual({ key: rsa2048.export({ format: 'jwk' }) });
  });

  it.each([
    ['another curve', pem(ec('P-256')), 'ES384'],
    ['RSA for ES384', pem(rsa2048), 'ES384'],
    ['EC for RS384', pem(p384), 'RS384'],
    ['a short RSA key', pem(rsa(1024)), 'RS384'],
    ['a public key', JSON.stringify({ ...jwk, d: undefined }), 'ES384'],
    ['parts of two keys', JSON.stringify({ ...jwk, d: ec('P-384').export({ format: 'jwk' }).d }), 'ES384'],
    [
      'a passphrase',
      p384.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string,
      'ES384',
    ],
    ['words', 'my secret key', 'ES384'],
    ['broken JSON', '{"kty":"EC","d":"my secret key', 'ES384'],
    ['nothing', '', 'ES384'],
  ] as const)('is refused: %s, without quoting it', (_, text, alg) => {
    const read = readPrivateKey(text, alg);
    expect(read).toEqual({ fault: expect.any(String) as string });
    expect(JSON.stringify(read)).not.toMatch(/BEGIN|my secret|[A-Za-z0-9_-]{20}/);
  });
});
