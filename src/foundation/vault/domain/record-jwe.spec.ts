import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import {
  decodeProtectedHeader,
  exportJWK,
  flattenedDecrypt,
  GeneralEncrypt,
  generalDecrypt,
  generateKeyPair,
  type GeneralJWE,
} from 'jose';
import { generationOfKid, recordKeyOf, recordKid } from './record-key.js';
import { openJwe, readJwe, sealJwe, type EscrowRecipient } from './record-jwe.js';

const organizationId = '01890000-0000-7000-8000-000000000001';
const patientId = '01890000-0000-7000-8000-000000000002';
const dataKey = { generation: 1, key: createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, n) => n))) };
const key = recordKeyOf(dataKey, organizationId, patientId);
const kid = recordKid(patientId, 1);
const identifier = 'urn:uuid:01890000-0000-7000-8000-00000000000a';
const content = Buffer.from('{"asked":"ten or eleven?"}');
const record = { identifier, content, contentType: 'application/json' };

const open = async (text: string, as = { key, identifier }): Promise<Uint8Array | null> => {
  const found = readJwe(text, (named) => generationOfKid(patientId, named));
  return found && openJwe(found.flattened, as.key, as.identifier);
};
const sealed = async (): Promise<GeneralJWE> => JSON.parse(await sealJwe(record, { key, kid })) as GeneralJWE;

describe('the record key', () => {
  it('has its golden form', () => {
    const golden = '1a853c4483752190722cbe761ff2a7ac6d9b43260cc86c2ccfd443ed6d376301';
    expect(key.export().toString('hex')).toBe(golden);
  });

  it('is another for another patient, organization or generation', () => {
    const all = [
      key,
      recordKeyOf(dataKey, organizationId, organizationId),
      recordKeyOf(dataKey, patientId, patientId),
      recordKeyOf({ ...dataKey, generation: 2 }, organizationId, patientId),
      dataKey.key,
    ];
    expect(new Set(all.map((one) => one.export().toString('hex'))).size).toBe(all.length);
  });

  it('is named by a kid that only its patient reads', () => {
    expect(kid).toMatch(/^pat_[0-9a-z]{26}\/1$/);
    expect(generationOfKid(patientId, kid)).toBe(1);
    expect(generationOfKid(organizationId, kid)).toBeNull();
    for (const odd of ['', kid.slice(0, -1), `${kid}x`, kid.replace('/1', '/0'), kid.replace('/1', '/-1')]) {
      expect(generationOfKid(patientId, odd)).toBeNull();
    }
  });
});

describe('a record in the EHR', () => {
  it('is JWE General JSON that any JOSE library opens with the key', async () => {
    const jwe = await sealed();
    expect(jwe.recipients.map(({ header }) => header)).toEqual([{ alg: 'A256GCMKW', kid }]);
    expect(decodeProtectedHeader({ protected: jwe.protected! })).toMatchObject({
      enc: 'A256GCM',
      typ: 'JOSE+JSON',
      cty: 'application/json',
      identifier,
      version: 1,
    });
    const { plaintext } = await generalDecrypt(jwe, key);
    expect(Buffer.from(plaintext)).toEqual(content);
  });

  it('opens for its key and identifier', async () => {
    await expect(open(JSON.stringify(await sealed()))).resolves.toEqual(Uint8Array.from(content));
  });

  it('does not open under another identifier', async () => {
    await expect(
      open(JSON.stringify(await sealed()), { key, identifier: `${identifier}0` }),
    ).resolves.toBeNull();
  });

  it('does not open with another key', async () => {
    const other = createSecretKey(randomBytes(32));
    await expect(open(JSON.stringify(await sealed()), { key: other, identifier })).resolves.toBeNull();
  });

  it.each(['protected', 'iv', 'ciphertext', 'tag'] as const)(
    'does not open with its %s changed',
    async (part) => {
      const jwe = await sealed();
      const bytes = Buffer.from(jwe[part]!, 'base64url');
      for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1;
        await expect(
          open(JSON.stringify({ ...jwe, [part]: changed.toString('base64url') })),
        ).resolves.toBeNull();
      }
    },
  );

  it('does not take its identifier from an unprotected header', async () => {
    const jwe = await forged({ enc: 'A256GCM', typ: 'JOSE+JSON', version: 1 });
    await expect(open(JSON.stringify({ ...jwe, unprotected: { identifier } }))).resolves.toBeNull();
  });

  it.each([
    ['a compressed one', { enc: 'A256GCM', typ: 'JOSE+JSON', version: 1, identifier, zip: 'DEF' }],
    ['another content encryption', { enc: 'A128GCM', typ: 'JOSE+JSON', version: 1, identifier }],
    ['another type', { enc: 'A256GCM', typ: 'JWT', version: 1, identifier }],
    ['another version', { enc: 'A256GCM', typ: 'JOSE+JSON', version: 2, identifier }],
  ])('refuses %s, though the key be right', async (_what, header) => {
    await expect(open(JSON.stringify(await forged(header)))).resolves.toBeNull();
  });

  it('refuses another key management, though the key be right', async () => {
    const jwe = await forged({ enc: 'A256GCM', typ: 'JOSE+JSON', version: 1, identifier }, 'A256KW');
    await expect(open(JSON.stringify(jwe))).resolves.toBeNull();
  });

  it('finds its recipient by the kid among others', async () => {
    const escrow = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-256' });
    const jwe = await new GeneralEncrypt(content)
      .setProtectedHeader({ enc: 'A256GCM', typ: 'JOSE+JSON', version: 1, identifier })
      .addRecipient(escrow.publicKey)
      .setUnprotectedHeader({ alg: 'ECDH-ES+A256KW', kid: 'escrow/1' })
      .addRecipient(key)
      .setUnprotectedHeader({ alg: 'A256GCMKW', kid })
      .encrypt();
    await expect(open(JSON.stringify(jwe))).resolves.toEqual(Uint8Array.from(content));
  });

  it.each(['', 'null', '[]', '7', '{}', '{"recipients":{}}', '{"recipients":[null,1,{"header":{"kid":1}}]}'])(
    'is not %j',
    async (text) => {
      await expect(open(text)).resolves.toBeNull();
    },
  );

  it('is not a shape that jose refuses', async () => {
    const recipients = [{ header: { alg: 'A256GCMKW', kid } }];
    for (const odd of [
      { recipients },
      { recipients, protected: 7 },
      { recipients, protected: '###', ciphertext: '' },
    ]) {
      await expect(open(JSON.stringify(odd))).resolves.toBeNull();
    }
  });
});

async function forged(header: object, alg = 'A256GCMKW', as: KeyObject = key): Promise<GeneralJWE> {
  return new GeneralEncrypt(content)
    .setProtectedHeader(header as { enc: string })
    .addRecipient(as)
    .setUnprotectedHeader({ alg, kid })
    .encrypt();
}

describe('a record that is sealed for the hospital too', () => {
  const hospital = async () => {
    const pair = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-256', extractable: true });
    const { x, y } = await exportJWK(pair.publicKey);
    const escrow: EscrowRecipient = { kty: 'EC', crv: 'P-256', x: x!, y: y!, kid: 'hospital/2026' };
    return { ...pair, escrow };
  };

  it('opens with the hospital’s private key and jose alone, and says no more outside', async () => {
    const { privateKey, escrow } = await hospital();
    const jwe = JSON.parse(await sealJwe(record, { key, kid }, escrow)) as GeneralJWE;
    expect(jwe.recipients.map(({ header }) => header)).toMatchObject([
      { alg: 'A256GCMKW', kid },
      { alg: 'ECDH-ES+A256KW', kid: 'hospital/2026', epk: { kty: 'EC', crv: 'P-256' } },
    ]);
    const { recipients, ...shared } = jwe;
    const mine = recipients.find(({ header }) => header?.kid === 'hospital/2026')!;
    const { plaintext, protectedHeader } = await flattenedDecrypt(
      { ...shared, ...mine } as Parameters<typeof flattenedDecrypt>[0],
      privateKey,
    );
    expect(Buffer.from(plaintext)).toEqual(content);
    expect(protectedHeader).toMatchObject({ identifier, version: 1 });
    expect(protectedHeader).not.toHaveProperty('zip');
  });

  it('still opens for the patient’s key, picked by its kid', async () => {
    const { escrow } = await hospital();
    await expect(open(await sealJwe(record, { key, kid }, escrow))).resolves.toEqual(
      Uint8Array.from(content),
    );
  });

  it('is not sealed for a point beside the curve, nor under a kid that could be a patient’s', async () => {
    const { escrow } = await hospital();
    const seal = (wrong: Partial<EscrowRecipient>) => sealJwe(record, { key, kid }, { ...escrow, ...wrong });
    await expect(seal({ y: escrow.x })).rejects.toMatchObject({ code: 'vault.escrow-key' });
    await expect(seal({ kid })).rejects.toMatchObject({ code: 'vault.escrow-key' });
    await expect(seal({ kid: '' })).rejects.toMatchObject({ code: 'vault.escrow-key' });
  });

  it('never takes a private half with it', async () => {
    const { privateKey, escrow } = await hospital();
    const { d } = await exportJWK(privateKey);
    const text = await sealJwe(record, { key, kid }, { ...escrow, d } as EscrowRecipient);
    expect(text).not.toContain(d!);
  });
});
