import fc from 'fast-check';
import { signatureOf, webhookBytes } from './signature.js';

describe('signing a webhook', () => {
  test('a plain body', () => {
    const bytes = webhookBytes({ object: 'whatsapp_business_account' });
    expect(signatureOf('test-app-secret', bytes)).toBe(
      'sha256=b6978b21c4467654c466607663db9b43fae44b71083568df403e0a077089208e',
    );
  });

  test('a body with an accent and an emoji, over the escaped bytes', () => {
    const value = { t: 'Olá 😀' };
    const bytes = webhookBytes({
      object: 'whatsapp_business_account',
      entry: [{ id: '900', changes: [{ field: 'messages', value }] }],
    });
    expect(bytes).toHaveLength(132);
    expect(signatureOf('sandbox-secret', bytes)).toBe(
      'sha256=591501d3becf405f585e48f66f9a81d4031a487841a678c547919bccf1494cdb',
    );
    const restringified = Buffer.from(JSON.stringify(JSON.parse(bytes.toString())));
    expect(signatureOf('sandbox-secret', restringified)).toBe(
      'sha256=c2158d3746b479b07fc1f8369f9ea7fcb0cbad5c96179241fae252a7747dbe21',
    );
  });

  test('any text survives and travels as ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = webhookBytes({ text });
        expect(bytes.every((byte) => byte < 0x80)).toBe(true);
        expect(JSON.parse(bytes.toString('ascii'))).toEqual({ text });
      }),
    );
  });
});
