import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { commitmentMatches, commitmentOf } from './data-key.js';
import {
  ENVELOPE_OVERHEAD,
  generationOf,
  openEnvelope,
  sealEnvelope,
  type Binding,
  type DataKey,
} from './envelope.js';

const id = (last: string): string => `01890000-0000-7000-8000-00000000000${last}`;
const keyBytes = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
const nonce = Buffer.from(Array.from({ length: 12 }, (_, n) => 0xa0 + n));
const key = createSecretKey(keyBytes);
const first: DataKey = { generation: 1, key };
const here: Binding = {
  organizationId: id('1'),
  subject: { kind: 'patient', id: id('2') },
  place: { table: 'messaging.message', column: 'text_sealed', row: id('3') },
};
const ofHospital: Binding = { ...here, subject: { kind: 'organization', id: id('1') } };

describe('the envelope', () => {
  // Made once with WebCrypto from the format's description, not with this code.
  it.each([
    {
      of: 'a text',
      dataKey: first,
      binding: here,
      text: 'നാളെ 10:30',
      golden:
        '010100000001a0a1a2a3a4a5a6a7a8a9aaab06acd4cdf175e20bd1853255274bf0e4439ce0646ce0f67a454de914ec8712facc2b',
    },
    {
      of: 'nothing',
      dataKey: { generation: 258, key },
      binding: ofHospital,
      text: '',
      golden: '010100000102a0a1a2a3a4a5a6a7a8a9aaabb28c35d14bad75fc263df92b06784607',
    },
  ])('has its golden form, of $of', ({ dataKey, binding, text, golden }) => {
    const envelope = Buffer.from(golden, 'hex');
    expect(sealEnvelope(dataKey, binding, Buffer.from(text), nonce)).toEqual(envelope);
    expect(openEnvelope(dataKey, binding, envelope)?.toString()).toBe(text);
    expect(envelope.length).toBe(Buffer.byteLength(text) + ENVELOPE_OVERHEAD);
  });

  it('gives back any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3_000 }),
        fc.integer({ min: 1, max: 0xffffffff }),
        (plain, generation) => {
          const dataKey = { generation, key };
          const envelope = sealEnvelope(dataKey, here, plain);
          expect(generationOf(envelope)).toBe(generation);
          expect(openEnvelope(dataKey, here, envelope)).toEqual(Buffer.from(plain));
        },
      ),
    );
  });

  it('never seals twice alike', () => {
    expect(sealEnvelope(first, here, keyBytes)).not.toEqual(sealEnvelope(first, here, keyBytes));
  });

  it('does not open with any one bit changed', () => {
    const envelope = sealEnvelope(first, here, Buffer.from('tomorrow at ten'));
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const changed = Buffer.from(envelope);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(openEnvelope(first, here, changed)).toBeNull();
    }
  });

  it('does not open when it is cut or longer', () => {
    const envelope = sealEnvelope(first, here, Buffer.from('tomorrow at ten'));
    for (let length = 0; length < envelope.length; length++) {
      expect(openEnvelope(first, here, envelope.subarray(0, length))).toBeNull();
    }
    expect(openEnvelope(first, here, Buffer.concat([envelope, Buffer.from([0])]))).toBeNull();
  });

  it.each<[string, Binding]>([
    ['row', { ...here, place: { ...here.place, row: id('9') } }],
    ['column', { ...here, place: { ...here.place, column: 'name_sealed' } }],
    ['table', { ...here, place: { ...here.place, table: 'messaging.template' } }],
    ['organization', { ...here, organizationId: id('9') }],
    ['subject', { ...here, subject: { kind: 'patient', id: id('9') } }],
    ['kind of subject', { ...here, subject: { kind: 'contact', id: id('2') } }],
  ])('does not open for another %s', (_what, elsewhere) => {
    expect(openEnvelope(first, elsewhere, sealEnvelope(first, here, keyBytes))).toBeNull();
  });

  it('does not open as another generation, even under the same key', () => {
    const envelope = sealEnvelope(first, here, keyBytes);
    expect(openEnvelope({ generation: 2, key }, here, envelope)).toBeNull();
    envelope.writeUInt32BE(2, 2);
    expect(openEnvelope({ generation: 2, key }, here, envelope)).toBeNull();
  });

  it('does not open with another key', () => {
    const other = createSecretKey(randomBytes(32));
    expect(openEnvelope({ generation: 1, key: other }, here, sealEnvelope(first, here, keyBytes))).toBeNull();
  });
});

describe('the commitment', () => {
  it('has its golden form, and holds for its key alone', () => {
    const golden = Buffer.from('f96cdb8bd88b7d356f0d910d001bdd53f17cd777001f40ed8bd99790b3836e43', 'hex');
    expect(commitmentOf(keyBytes)).toEqual(golden);
    expect(commitmentMatches(keyBytes, golden)).toBe(true);
    expect(commitmentMatches(randomBytes(32), golden)).toBe(false);
    expect(commitmentMatches(keyBytes, golden.subarray(1))).toBe(false);
  });
});
