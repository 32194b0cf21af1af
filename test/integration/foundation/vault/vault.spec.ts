import { chmodSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { generalDecrypt, importJWK, type GeneralJWE } from 'jose';
import { Client } from 'pg';
import { AuditFacade } from '../../../../src/foundation/audit/index.js';
import {
  VaultFacade,
  VaultModule,
  type KeySubject,
  type Place,
} from '../../../../src/foundation/vault/index.js';
import { KeyDestroyed } from '../../../../src/foundation/vault/events.js';
import { SETTINGS, type Settings } from '../../../../src/platform/config/settings.js';
import { systemContext, type Context } from '../../../../src/platform/context/context.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import type { Fault } from '../../../../src/platform/errors/fault.js';
import { Metrics } from '../../../../src/platform/health/metrics.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { Listeners } from '../../../../src/platform/jobs/listeners.js';
import { PlatformModule } from '../../../../src/platform/platform.module.js';
import { startPlatform, type TestPlatform } from '../../../support/platform.js';

const CANNOT_OPEN = { code: 'vault.cannot-open' };
const DESTROYED = { code: 'vault.key-destroyed' };
const UNAVAILABLE = { code: 'vault.keyring-unavailable' };
const QUIET = { log: () => undefined, warn: () => undefined, error: () => undefined };

describe('the vault', () => {
  let platform: TestPlatform;
  let settings: Settings;
  let vault: VaultFacade;
  let admin: Client;
  let ctx: Context;
  let patient: KeySubject & { id: string };
  let place: Place;

  beforeAll(async () => {
    platform = await startPlatform([VaultModule], 'web');
    settings = platform.app.get(SETTINGS);
    vault = platform.app.get(VaultFacade);
    admin = new Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
    platform.app.get(Listeners).on(KeyDestroyed, 'test.heard@1', async () => undefined);
  });

  afterAll(async () => {
    await admin.end();
    await platform.close();
  });

  beforeEach(() => {
    ctx = systemContext(newId(), 'test');
    patient = { kind: 'patient', id: newId() };
    place = { table: 'messaging.message', column: 'text_sealed', row: newId() };
  });

  /** Another process of the product, on the same database. */
  const startProcess = async (more: Partial<Settings> = {}): Promise<INestApplicationContext> => {
    const imports = [
      PlatformModule.with({ ...settings, ...more }, platform.database.runtimeUrl),
      VaultModule,
    ];
    const app = await Test.createTestingModule({ imports }).setLogger(QUIET).compile();
    return app.init();
  };
  const eventually = async (check: () => Promise<void>): Promise<void> => {
    const end = Date.now() + 5_000;
    for (;;) {
      try {
        return await check();
      } catch (error) {
        if (Date.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const keyRows = async (of: Context = ctx) =>
    (
      await admin.query(`select * from vault.data_key where organization_id = $1 order by subject_id`, [
        of.organizationId,
      ])
    ).rows;

  describe('an envelope', () => {
    it('opens for its subject at its place', async () => {
      for (const subject of [
        patient,
        { kind: 'contact', id: newId() },
        { kind: 'organization' },
      ] as KeySubject[]) {
        const envelope = await vault.seal(ctx, subject, place, 'നാളെ 10:30');
        expect(envelope.includes(Buffer.from('10:30'))).toBe(false);
        await expect(vault.openText(ctx, subject, place, envelope)).resolves.toBe('നാളെ 10:30');
      }
    });

    it('opens nowhere else and for nobody else', async () => {
      const envelope = await vault.seal(ctx, patient, place, 'tomorrow at ten');
      const other: KeySubject = { kind: 'patient', id: newId() };
      await vault.seal(ctx, other, place, 'x');
      const elsewhere: [Context, KeySubject, Place, Buffer][] = [
        [ctx, patient, { ...place, row: newId() }, envelope],
        [ctx, patient, { ...place, column: 'name_sealed' }, envelope],
        [ctx, other, place, envelope],
        [systemContext(newId(), 'test'), patient, place, envelope],
        [ctx, patient, place, Buffer.alloc(0)],
      ];
      for (const attempt of elsewhere)
        await expect(vault.open(...attempt)).rejects.toMatchObject(CANNOT_OPEN);
    });

    it('opens again in another process', async () => {
      const envelope = await vault.seal(ctx, patient, place, 'tomorrow at ten');
      const other = await startProcess();
      try {
        await expect(other.get(VaultFacade).openText(ctx, patient, place, envelope)).resolves.toBe(
          'tomorrow at ten',
        );
      } finally {
        await other.close();
      }
    });

    it('that does not open is counted and audited, and tells nothing more', async () => {
      const failed = vault.open(
        ctx,
        patient,
        place,
        await vault.seal(ctx, { kind: 'organization' }, place, 'x'),
      );
      const fault = (await failed.catch((error: unknown) => error)) as Error;
      expect([fault.message, fault.cause, (fault as Fault).fields]).toEqual([
        'vault.cannot-open',
        undefined,
        [],
      ]);
      await eventually(async () => {
        const [event] = await platform.app
          .get(AuditFacade)
          .search(ctx, { type: 'vault.cannot-open', limit: 1 });
        expect(event).toMatchObject({
          outcome: 'serious-failure',
          entity: { kind: 'messaging.message', id: place.row },
          detail: { column: 'text_sealed' },
          patientId: patient.id,
        });
      });
      expect(await platform.app.get(Metrics).registry.metrics()).toMatch(
        /carethread_vault_cannot_open_total [1-9]/,
      );
    });

    it('is audited though the transaction around it rolls back', async () => {
      const opening = platform.app
        .get(Transactions)
        .run(ctx, (tx) => vault.open(tx, patient, place, Buffer.alloc(50)));
      await expect(opening).rejects.toMatchObject(CANNOT_OPEN);
      await eventually(async () => {
        const found = await platform.app
          .get(AuditFacade)
          .search(ctx, { type: 'vault.cannot-open', limit: 5 });
        expect(found).toHaveLength(1);
      });
    });

    it('does not starve the pool when more fail at once than it has connections', async () => {
      const transactions = platform.app.get(Transactions);
      const failing = Array.from({ length: 40 }, () =>
        transactions.run(ctx, (tx) => vault.open(tx, patient, place, Buffer.alloc(50))),
      );
      const results = await Promise.allSettled(failing);
      expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    });
  });

  describe('a batch', () => {
    it('seals and opens without waiting, for many subjects', async () => {
      const subjects = Array.from({ length: 50 }, (): KeySubject => ({ kind: 'patient', id: newId() }));
      const keys = await vault.keysFor(ctx, [...subjects, ...subjects]);
      const sealed = subjects.map((subject) => keys.seal(subject, place, subject.kind));
      const again = await vault.keysFor(ctx, subjects);
      expect(subjects.map((subject, n) => again.openText(subject, place, sealed[n]!))).toEqual(
        subjects.map(() => 'patient'),
      );
      expect(await keyRows()).toHaveLength(50);
    });

    it('goes on beside a subject whose key is destroyed, and one whose key was changed', async () => {
      const [gone, changed]: KeySubject[] = [
        { kind: 'patient', id: newId() },
        { kind: 'contact', id: newId() },
      ];
      const before = await vault.seal(ctx, changed!, place, 'x');
      await vault.shred(ctx, gone!);
      await admin.query(
        `update vault.data_key set commitment = sha256('') where organization_id = $1 and subject_kind = 'contact'`,
        [ctx.organizationId],
      );
      const other = await startProcess();
      try {
        const keys = await other.get(VaultFacade).keysFor(ctx, [gone!, changed!, patient]);
        expect(() => keys.seal(gone!, place, 'x')).toThrow(expect.objectContaining(DESTROYED));
        expect(() => keys.open(changed!, place, before)).toThrow(expect.objectContaining(CANNOT_OPEN));
        expect(() => keys.seal(changed!, place, 'x')).toThrow(expect.objectContaining(CANNOT_OPEN));
        expect(keys.openText(patient, place, keys.seal(patient, place, 'fine'))).toBe('fine');
      } finally {
        await other.close();
      }
    });
  });

  describe('a key', () => {
    it('is made once by two transactions at once', async () => {
      const transactions = platform.app.get(Transactions);
      const other = await startProcess();
      try {
        await vault.index(ctx, 'phone', '15555550100');
        let second: Promise<Buffer> | undefined;
        const one = await transactions.run(ctx, async (tx) => {
          const envelope = await vault.seal(tx, patient, place, 'one');
          second = other.get(VaultFacade).seal(ctx, patient, place, 'two');
          await eventually(async () => {
            const { rows } = await admin.query(
              `select 1 from pg_locks where not granted and locktype = 'transactionid'`,
            );
            expect(rows).toHaveLength(1);
          });
          return envelope;
        });
        const two = await second!;
        expect(await keyRows()).toHaveLength(1);
        await expect(vault.openText(ctx, patient, place, two)).resolves.toBe('two');
        await expect(other.get(VaultFacade).openText(ctx, patient, place, one)).resolves.toBe('one');
      } finally {
        await other.close();
      }
    });

    it('is forgotten with the transaction that made it and rolled back', async () => {
      const lost = platform.app.get(Transactions).run(ctx, async (tx) => {
        await vault.seal(tx, patient, place, 'one');
        await vault.seal(tx, patient, place, 'two');
        throw new Error('rolled back');
      });
      await expect(lost).rejects.toThrow('rolled back');
      expect(await keyRows()).toEqual([]);
      const envelope = await vault.seal(ctx, patient, place, 'three');
      const other = await startProcess();
      try {
        await expect(other.get(VaultFacade).openText(ctx, patient, place, envelope)).resolves.toBe('three');
      } finally {
        await other.close();
      }
    });

    it('lies in the database wrapped and with a commitment, under its organization alone', async () => {
      await vault.seal(ctx, patient, place, 'x');
      const [row] = await keyRows();
      expect(row).toMatchObject({
        subject_kind: 'patient',
        subject_id: patient.id,
        generation: 1,
        epoch: 1,
        destroyed_at: null,
      });
      expect([row.wrapped.length, row.commitment.length]).toEqual([60, 32]);
      const runtime = new Client({ connectionString: platform.database.runtimeUrl });
      await runtime.connect();
      const { rows } = await runtime.query('select 1 from vault.data_key');
      await expect(runtime.query('delete from vault.data_key')).rejects.toMatchObject({ code: '42501' });
      await runtime.end();
      expect(rows).toEqual([]);
    });

    it('does not unwrap in the row of another subject', async () => {
      const envelope = await vault.seal(ctx, patient, place, 'x');
      const thief: KeySubject & { id: string } = { kind: 'patient', id: newId() };
      await vault.seal(ctx, thief, place, 'x');
      await admin.query(
        `update vault.data_key d set wrapped = s.wrapped, commitment = s.commitment from vault.data_key s
          where s.organization_id = $1 and s.subject_id = $2 and d.organization_id = $1 and d.subject_id = $3`,
        [ctx.organizationId, patient.id, thief.id],
      );
      const other = await startProcess();
      try {
        const elsewhere = other.get(VaultFacade);
        await expect(elsewhere.open(ctx, thief, place, envelope)).rejects.toMatchObject(CANNOT_OPEN);
        // Not even the key itself: nothing is sealed for one with another's key.
        await expect(elsewhere.seal(ctx, thief, place, 'x')).rejects.toMatchObject(CANNOT_OPEN);
      } finally {
        await other.close();
      }
    });
  });

  describe('erasure', () => {
    it('leaves a tombstone: nothing opens again, nothing more is sealed, others are untouched', async () => {
      const other: KeySubject = { kind: 'patient', id: newId() };
      const kept = await vault.seal(ctx, other, place, 'kept');
      const envelope = await vault.seal(ctx, patient, place, 'gone');
      const record = { identifier: 'urn:x', content: Buffer.from('gone'), contentType: 'text/plain' };
      const jwe = await vault.sealForRecord(ctx, patient.id, record);
      await vault.shred(ctx, patient);

      await expect(vault.open(ctx, patient, place, envelope)).rejects.toMatchObject(DESTROYED);
      await expect(vault.seal(ctx, patient, place, 'more')).rejects.toMatchObject(DESTROYED);
      await expect(vault.openRecord(ctx, patient.id, jwe, 'urn:x')).rejects.toMatchObject(DESTROYED);
      await expect(vault.sealForRecord(ctx, patient.id, record)).rejects.toMatchObject(DESTROYED);
      await expect(vault.recordKey(ctx, patient.id, kidOf(jwe))).rejects.toMatchObject(DESTROYED);
      await expect(vault.openText(ctx, other, place, kept)).resolves.toBe('kept');
      const row = (await keyRows()).find(({ subject_id }) => subject_id === patient.id);
      expect(row).toMatchObject({ wrapped: null, commitment: null, destroyed_at: expect.any(Date) });
    });

    it('is announced and audited once, however often it is asked for', async () => {
      await vault.seal(ctx, patient, place, 'x');
      await vault.shred(ctx, patient);
      await vault.shred(ctx, patient);
      const { rows } = await admin.query(
        `select payload->'ids' as ids from graphile_worker._private_jobs where payload->>'organizationId' = $1`,
        [ctx.organizationId],
      );
      expect(rows).toEqual([{ ids: [patient.id] }]);
      const found = await platform.app
        .get(AuditFacade)
        .search(ctx, { type: 'vault.key-destroyed', limit: 5 });
      expect(found).toEqual([expect.objectContaining({ action: 'D', patientId: patient.id })]);
    });

    it('also bars a subject that never had a key', async () => {
      await vault.shred(ctx, patient);
      await expect(vault.seal(ctx, patient, place, 'x')).rejects.toMatchObject(DESTROYED);
    });

    it('that rolls back has destroyed nothing', async () => {
      const envelope = await vault.seal(ctx, patient, place, 'x');
      const lost = platform.app.get(Transactions).run(ctx, async (tx) => {
        await vault.shred(tx, patient);
        await expect(vault.open(tx, patient, place, envelope)).rejects.toMatchObject(DESTROYED);
        throw new Error('rolled back');
      });
      await expect(lost).rejects.toThrow('rolled back');
      await expect(vault.openText(ctx, patient, place, envelope)).resolves.toBe('x');
    });

    it('reaches what another process holds in memory', async () => {
      const envelope = await vault.seal(ctx, patient, place, 'x');
      const other = await startProcess();
      try {
        const elsewhere = other.get(VaultFacade);
        await expect(elsewhere.openText(ctx, patient, place, envelope)).resolves.toBe('x');
        await vault.shred(ctx, patient);
        await eventually(() =>
          expect(elsewhere.open(ctx, patient, place, envelope)).rejects.toMatchObject(DESTROYED),
        );
      } finally {
        await other.close();
      }
    });

    it('is heard again after the listening connection was cut', async () => {
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen vault_key_destroyed'`,
      );
      const other = await startProcess();
      try {
        await eventually(async () => {
          const { rows } = await admin.query(
            `select 1 from pg_stat_activity where query = 'listen vault_key_destroyed' and datname = current_database()`,
          );
          expect(rows).toHaveLength(2);
        });
        const envelope = await vault.seal(ctx, patient, place, 'x');
        await other.get(VaultFacade).shred(ctx, patient);
        await eventually(() =>
          expect(vault.open(ctx, patient, place, envelope)).rejects.toMatchObject(DESTROYED),
        );
      } finally {
        await other.close();
      }
    });
  });

  describe('a record for the EHR', () => {
    const record = {
      identifier: 'urn:uuid:1',
      content: Buffer.from('{"asked":"ten?"}'),
      contentType: 'application/json',
    };

    it('opens for its patient under its identifier', async () => {
      const jwe = await vault.sealForRecord(ctx, patient.id, record);
      const opened = await vault.openRecord(ctx, patient.id, jwe, 'urn:uuid:1');
      expect(Buffer.from(opened)).toEqual(record.content);
      await expect(vault.openRecord(ctx, patient.id, jwe, 'urn:uuid:2')).rejects.toMatchObject(CANNOT_OPEN);
      await expect(vault.openRecord(ctx, newId(), jwe, 'urn:uuid:1')).rejects.toMatchObject(CANNOT_OPEN);
      await expect(vault.openRecord(ctx, patient.id, 'no jwe', 'urn:uuid:1')).rejects.toMatchObject(
        CANNOT_OPEN,
      );
    });

    it('opens with jose alone and the record key, whose reading is audited', async () => {
      const jwe = await vault.sealForRecord(ctx, patient.id, record);
      const jwk = await vault.recordKey(ctx, patient.id, kidOf(jwe));
      const { plaintext } = await generalDecrypt(JSON.parse(jwe) as GeneralJWE, await importJWK(jwk));
      expect(Buffer.from(plaintext)).toEqual(record.content);
      const found = await platform.app.get(AuditFacade).search(ctx, { patientId: patient.id, limit: 5 });
      expect(found.map(({ type }) => type)).toContain('vault.record-key-read');
    });

    it("has no key under a kid that is not this patient's", async () => {
      const jwe = await vault.sealForRecord(ctx, patient.id, record);
      for (const kid of ['', 'escrow/1', kidOf(jwe).replace('/1', '/2')]) {
        await expect(vault.recordKey(ctx, patient.id, kid)).rejects.toMatchObject(CANNOT_OPEN);
      }
      await expect(vault.recordKey(ctx, newId(), kidOf(jwe))).rejects.toMatchObject(CANNOT_OPEN);
    });
  });

  describe('the blind index', () => {
    it('is the same for the same value and purpose, and tells nothing across organizations', async () => {
      const number = '15555550100';
      const index = await vault.index(ctx, 'phone', number);
      expect(index).toHaveLength(32);
      await expect(vault.index(ctx, 'phone', number)).resolves.toEqual(index);
      const others = await Promise.all([
        vault.index(ctx, 'mrn', number),
        vault.index(ctx, 'phone', '15555550101'),
        vault.index(systemContext(newId(), 'test'), 'phone', number),
        vault.index(ctx, 'phone1', '5555550100'),
      ]);
      for (const other of others) expect(other).not.toEqual(index);
    });
  });

  describe('a keyring', () => {
    const folder = (): string => settings.keyring.replace('file:', '');

    it('that is lost is never replaced in silence', async () => {
      const envelope = await vault.seal(ctx, patient, place, 'x');
      const keys = join(folder(), ctx.organizationId);
      renameSync(keys, `${keys}.away`);
      const other = await startProcess();
      try {
        const elsewhere = other.get(VaultFacade);
        await expect(elsewhere.open(ctx, patient, place, envelope)).rejects.toMatchObject(UNAVAILABLE);
        await expect(elsewhere.seal(ctx, patient, place, 'x')).rejects.toMatchObject(UNAVAILABLE);
        await expect(elsewhere.index(ctx, 'phone', '15555550100')).rejects.toMatchObject(UNAVAILABLE);
        renameSync(`${keys}.away`, keys);
        await expect(elsewhere.openText(ctx, patient, place, envelope)).resolves.toBe('x');
      } finally {
        await other.close();
      }
    });

    it('of another machine is refused for an organization that began with this one', async () => {
      const envelope = await vault.seal(ctx, patient, place, 'x');
      const keyring = `${settings.keyring}-other`;
      const other = await startProcess({ keyring });
      try {
        const elsewhere = other.get(VaultFacade);
        await expect(elsewhere.open(ctx, patient, place, envelope)).rejects.toMatchObject(UNAVAILABLE);
        await expect(elsewhere.index(ctx, 'phone', '15555550100')).rejects.toMatchObject(UNAVAILABLE);
        // Nor with keys of its own: those of another organization there, under this one's name.
        const stranger = systemContext(newId(), 'test');
        await elsewhere.index(stranger, 'phone', '15555550100');
        const keys = `${folder()}-other`;
        renameSync(join(keys, stranger.organizationId), join(keys, ctx.organizationId));
        await expect(elsewhere.index(ctx, 'phone', '15555550100')).rejects.toMatchObject(UNAVAILABLE);
      } finally {
        await other.close();
        rmSync(`${folder()}-other`, { recursive: true });
      }
    });

    it('that others can read keeps the product from starting', async () => {
      chmodSync(folder(), 0o755);
      try {
        await expect(startProcess()).rejects.toMatchObject({ name: 'ConfigurationFault' });
      } finally {
        chmodSync(folder(), 0o700);
      }
    });

    it('is made once by two processes that begin an organization at once', async () => {
      const other = await startProcess();
      try {
        const both = [vault, other.get(VaultFacade)];
        const indexes = await Promise.all(both.map((one) => one.index(ctx, 'phone', '15555550100')));
        expect(indexes[0]).toEqual(indexes[1]);
      } finally {
        await other.close();
      }
    });
  });
});

function kidOf(jwe: string): string {
  return (JSON.parse(jwe) as GeneralJWE).recipients[0]!.header!.kid!;
}
