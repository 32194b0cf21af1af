import { cpSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Client } from 'pg';
import { AuditFacade } from '../../../../src/foundation/audit/index.js';
import {
  VaultFacade,
  VaultModule,
  type KeySubject,
  type Place,
} from '../../../../src/foundation/vault/index.js';
import { SETTINGS, type Settings } from '../../../../src/platform/config/settings.js';
import { systemContext, type Context } from '../../../../src/platform/context/context.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { KEYRING, type Keyring } from '../../../../src/platform/keyring/keyring.js';
import { openKeyring } from '../../../../src/platform/keyring/open-keyring.js';
import { PlatformModule } from '../../../../src/platform/platform.module.js';
import { startPlatform, type TestPlatform } from '../../../support/platform.js';

const CANNOT_OPEN = { code: 'vault.cannot-open' };
const UNAVAILABLE = { code: 'vault.keyring-unavailable' };
const QUIET = { log: () => undefined, warn: () => undefined, error: () => undefined };
const DAY_MS = 86_400_000;

interface Sealed {
  subject: KeySubject;
  envelope: Buffer;
}

describe('epochs of the key-encryption key', () => {
  let platform: TestPlatform;
  let settings: Settings;
  let vault: VaultFacade;
  let admin: Client;
  let ctx: Context;

  const place: Place = { table: 'messaging.message', column: 'content_sealed', row: newId() };

  beforeAll(async () => {
    platform = await startPlatform([VaultModule], 'web');
    settings = platform.app.get(SETTINGS);
    vault = platform.app.get(VaultFacade);
    admin = new Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await platform.close();
  });
  beforeEach(() => {
    ctx = systemContext(newId(), 'test');
  });

  /** Another process of the product, without anything in its memory. */
  async function elsewhere<T>(
    work: (vault: VaultFacade, app: INestApplicationContext) => Promise<T>,
    more: { settings?: Partial<Settings>; keyring?: Keyring } = {},
  ): Promise<T> {
    const imports = [
      PlatformModule.with({ ...settings, ...more.settings }, platform.database.runtimeUrl),
      VaultModule,
    ];
    const building = Test.createTestingModule({ imports }).setLogger(QUIET);
    if (more.keyring) building.overrideProvider(KEYRING).useValue(more.keyring);
    const app = await (await building.compile()).init();
    try {
      return await work(app.get(VaultFacade), app);
    } finally {
      await app.close();
    }
  }
  const folder = (): string => settings.keyring.slice('file:'.length);
  const seal = async (n: number, by = vault): Promise<Sealed[]> => {
    const subjects = Array.from({ length: n }, (): KeySubject => ({ kind: 'patient', id: newId() }));
    const keys = await by.keysFor(ctx, subjects);
    return subjects.map((subject) => ({ subject, envelope: keys.seal(subject, place, 'tomorrow at ten') }));
  };
  const openAll = async (sealed: readonly Sealed[], by = vault): Promise<void> => {
    // A writer may add to them while we wait.
    const all = [...sealed];
    const keys = await by.keysFor(
      ctx,
      all.map(({ subject }) => subject),
    );
    for (const { subject, envelope } of all)
      expect(keys.openText(subject, place, envelope)).toBe('tomorrow at ten');
  };
  const rows = async () =>
    (
      await admin.query(
        `select subject_id, epoch, wrapped, commitment, generation, made_at from vault.data_key
          where organization_id = $1 order by subject_id`,
        [ctx.organizationId],
      )
    ).rows as { subject_id: string; epoch: number; wrapped: Buffer; commitment: Buffer }[];
  const epochs = async (): Promise<number[]> => (await rows()).map(({ epoch }) => epoch);
  const eventTypes = async (): Promise<string[]> => {
    const found = await platform.app.get(AuditFacade).search(ctx, { limit: 50 });
    return found.map(({ type }) => type).filter((type) => type.startsWith('vault.'));
  };

  it('begin with the first; after a rotation new keys are wrapped under the next, and old ones open', async () => {
    const before = await seal(2);

    await expect(vault.rotate(ctx)).resolves.toBe(2);

    const after = await seal(1);
    expect((await epochs()).sort()).toEqual([1, 1, 2]);
    await elsewhere((other) => openAll([...before, ...after], other));
  });

  it('are noticed by processes that run', async () => {
    await elsewhere(async (other) => {
      await seal(1, other);
      await vault.rotate(ctx);
      await seal(1, other);
    });
    expect((await epochs()).sort()).toEqual([1, 2]);
  });

  it('change the wrapping of data keys and nothing else', async () => {
    const sealed = await seal(30);
    const before = await rows();
    await admin.query(
      `insert into messaging.received
         (organization_id, id, account_id, address_id, wamid_index, kind, type, content_sealed, at, received_at)
       values ($1, $2, $2, $2, '\\x01', 'text', 'text', $3, now(), now())`,
      [ctx.organizationId, newId(), sealed[0]!.envelope],
    );
    const message = async () =>
      (
        await admin.query('select xmin::text, r.* from messaging.received r where organization_id = $1', [
          ctx.organizationId,
        ])
      ).rows;
    const kept = await message();
    await vault.rotate(ctx);

    const shown: [number, number][] = [];
    const result = await vault.rewrap(ctx, (done, of) => shown.push([done, of]));

    expect(result).toEqual({ epoch: 2, rewrapped: 30, failed: 0 });
    expect(shown.at(-1)).toEqual([30, 30]);
    expect(await message()).toEqual(kept);
    const after = await rows();
    expect(after.every(({ epoch }) => epoch === 2)).toBe(true);
    after.forEach((row, n) => expect(row.wrapped.equals(before[n]!.wrapped)).toBe(false));
    expect(after.map(({ wrapped: _, epoch: __, ...same }) => same)).toEqual(
      before.map(({ wrapped: _, epoch: __, ...same }) => same),
    );
    await elsewhere((other) => openAll(sealed, other));
    await expect(vault.rewrap(ctx)).resolves.toEqual({ epoch: 2, rewrapped: 0, failed: 0 });
  });

  it('never fail a read or a write while they are made, re-wrapped under and destroyed', async () => {
    await elsewhere(async (writer) => {
      const sealed = await seal(50, writer);
      let going = true;
      let reads = 0;
      const write = async (): Promise<void> => {
        while (going) sealed.push(...(await seal(2, writer)));
      };
      // A process without memory reads from the database each time, as one that has just started does.
      const read = async (): Promise<void> => {
        while (going) {
          await elsewhere((reader) => openAll(sealed, reader));
          reads++;
        }
      };
      const turn = async (): Promise<void> => {
        for (let round = 0; round < 12; round++) {
          await vault.rotate(ctx);
          await vault.rewrap(ctx);
          await vault.destroyOldEpochs(ctx, 'all');
        }
        going = false;
      };
      await Promise.all([write(), write(), read(), read(), turn()]);
      expect(reads).toBeGreaterThan(3);
      await vault.rewrap(ctx);
      await elsewhere((reader) => openAll(sealed, reader));
      expect(new Set(await epochs())).toEqual(new Set([13]));
    });
  });

  it('may end between the reading of a row and its opening', async () => {
    const sealed = await seal(3);
    const keyring = await openKeyring(settings.keyring);
    const unwrap = keyring.unwrap.bind(keyring);
    let meanwhile: (() => Promise<void>) | null = async () => {
      await vault.rotate(ctx);
      await vault.rewrap(ctx);
      await vault.destroyOldEpochs(ctx, 'all');
    };
    keyring.unwrap = async (...args) => {
      const now = meanwhile;
      meanwhile = null;
      await now?.();
      return unwrap(...args);
    };

    await elsewhere((slow) => openAll(sealed, slow), { keyring });
    expect(await epochs()).toEqual([2, 2, 2]);
  });

  it('that ended open nothing, not even from a backup of the database', async () => {
    const [sealed] = await seal(1);
    const [backup] = await rows();
    await vault.rotate(ctx);
    await vault.rewrap(ctx);
    await expect(vault.destroyOldEpochs(ctx, 'all')).resolves.toEqual({ destroyed: [1], refused: [] });
    await elsewhere((other) => openAll([sealed!], other));

    const restore = (epoch: number) =>
      admin.query('update vault.data_key set epoch = $2, wrapped = $3 where organization_id = $1', [
        ctx.organizationId,
        epoch,
        backup!.wrapped,
      ]);
    await restore(backup!.epoch);
    await expect(elsewhere((other) => openAll([sealed!], other))).rejects.toMatchObject(UNAVAILABLE);
    await restore(2);
    await expect(elsewhere((other) => openAll([sealed!], other))).rejects.toMatchObject(CANNOT_OPEN);
  });

  it('are not destroyed while a data key hangs on them', async () => {
    const sealed = await seal(2);
    await vault.rotate(ctx);

    await expect(vault.destroyOldEpochs(ctx, 'all')).resolves.toEqual({
      destroyed: [],
      refused: [{ epoch: 1, keys: 2 }],
    });
    await elsewhere((other) => openAll(sealed, other));
  });

  it('are not destroyed under a transaction that has wrapped and not committed yet', async () => {
    await seal(1);
    let destroying: Promise<unknown> | undefined;
    let ended = false;
    const [late] = await platform.app.get(Transactions).run(ctx, async (tx) => {
      const subject: KeySubject = { kind: 'patient', id: newId() };
      const envelope = await vault.seal(tx, subject, place, 'tomorrow at ten');
      await vault.rotate(ctx);
      destroying = elsewhere(async (other) => {
        const result = await other.destroyOldEpochs(ctx, 'all');
        ended = true;
        return result;
      });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(ended).toBe(false);
      return [{ subject, envelope }];
    });
    await expect(destroying).resolves.toEqual({ destroyed: [], refused: [{ epoch: 1, keys: 2 }] });
    await elsewhere((other) => openAll([late!], other));
  });

  it('make no good of a data key that was changed: it stays behind, and its epoch with it', async () => {
    const [forged, sound] = await seal(2);
    await admin.query(
      `update vault.data_key set commitment = sha256('') where organization_id = $1 and subject_id = $2`,
      [ctx.organizationId, (forged!.subject as { id: string }).id],
    );
    await vault.rotate(ctx);

    await expect(vault.rewrap(ctx)).resolves.toEqual({ epoch: 2, rewrapped: 1, failed: 1 });

    await expect(vault.destroyOldEpochs(ctx, 'all')).resolves.toEqual({
      destroyed: [],
      refused: [{ epoch: 1, keys: 1 }],
    });
    await elsewhere((other) => openAll([sound!], other));
  });

  it('leave erased subjects erased', async () => {
    const [gone, kept] = await seal(2);
    await vault.shred(ctx, gone!.subject);
    await vault.rotate(ctx);

    await expect(vault.rewrap(ctx)).resolves.toMatchObject({ rewrapped: 1, failed: 0 });

    await expect(
      elsewhere((other) => other.open(ctx, gone!.subject, place, gone!.envelope)),
    ).rejects.toMatchObject({ code: 'vault.key-destroyed' });
    await elsewhere((other) => openAll([kept!], other));
  });

  it('are made one after the other by two who rotate at once', async () => {
    await seal(1);
    const made = await elsewhere((other) => Promise.all([vault.rotate(ctx), other.rotate(ctx)]));
    expect(made.sort()).toEqual([2, 3]);
  });

  it('of a keyring that is a copy or from a backup wrap nothing', async () => {
    const [sealed] = await seal(1);
    const copy = `${folder()}-copy`;
    cpSync(folder(), copy, { recursive: true });
    await vault.rotate(ctx);
    try {
      await elsewhere(
        async (behind) => {
          await openAll([sealed!], behind);
          await expect(seal(1, behind)).rejects.toMatchObject(UNAVAILABLE);
          await expect(behind.rotate(ctx)).rejects.toMatchObject(UNAVAILABLE);
          await expect(behind.keysState(ctx)).resolves.toMatchObject({ state: 'behind' });
        },
        { settings: { keyring: `file:${copy}` } },
      );
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it('leave a trace in the audit log: made, wrapped under, destroyed', async () => {
    await seal(1);
    await vault.rotate(ctx);
    await vault.rewrap(ctx);
    await vault.destroyOldEpochs(ctx, 'all');

    expect(await eventTypes()).toEqual(['vault.epoch-destroyed', 'vault.keys-rewrapped', 'vault.epoch-made']);
  });

  describe('tell their state', () => {
    const age = (epoch: number, days: number): void => {
      const at = new Date(Date.now() - days * DAY_MS);
      utimesSync(join(folder(), ctx.organizationId, `kek-00000${epoch}.key`), at, at);
    };

    it('before the first use: there are none, and none are made by asking', async () => {
      await expect(vault.keysState(ctx)).resolves.toEqual({ state: 'none', identity: null, epochs: [] });
      expect(readdirSync(folder())).not.toContain(ctx.organizationId);
    });

    it('and what is due: a rotation, a re-wrapping, a destruction', async () => {
      const due = async () =>
        (await vault.keysState(ctx)).epochs.map((one) => [one.epoch, one.keys, one.due]);
      await seal(2);
      expect(await due()).toEqual([[1, 2, null]]);
      age(1, 30);
      expect(await due()).toEqual([[1, 2, 'rotation']]);
      await vault.rotate(ctx);
      expect(await due()).toEqual([
        [1, 2, 'rewrap'],
        [2, 0, null],
      ]);
      await vault.rewrap(ctx);
      expect(await due()).toEqual([
        [1, 0, null],
        [2, 2, null],
      ]);
      await expect(vault.destroyOldEpochs(ctx, 'due')).resolves.toEqual({ destroyed: [], refused: [] });
      age(2, 35);
      expect((await due())[0]).toEqual([1, 0, 'destruction']);
      await expect(vault.destroyOldEpochs(ctx, 'due')).resolves.toEqual({ destroyed: [1], refused: [] });
    });

    it('and say when these are not the keys that the hospital began with', async () => {
      await seal(1);
      await elsewhere(
        async (other) => {
          await other.index(systemContext(newId(), 'test'), 'phone', '15555550100');
          await expect(other.keysState(ctx)).resolves.toMatchObject({ state: 'away' });
          const keyring = await openKeyring(`${settings.keyring}-other`);
          await keyring.establish(ctx.organizationId);
          await expect(other.keysState(ctx)).resolves.toMatchObject({ state: 'foreign' });
        },
        { settings: { keyring: `${settings.keyring}-other` } },
      );
      rmSync(`${folder()}-other`, { recursive: true });
    });
  });
});
