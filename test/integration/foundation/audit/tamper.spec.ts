import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Context } from '../../../../src/platform/context/context.js';
import { AuditBroken } from '../../../../src/foundation/audit/events.js';
import { canonicalJson } from '../../../../src/foundation/audit/domain/canonical-json.js';
import { eventOf } from '../../../../src/foundation/audit/domain/event-body.js';
import { leafHash } from '../../../../src/foundation/audit/domain/merkle.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { anOrganization, faultsOf, fill, startAuditLog, type AuditLog } from './audit-log.js';

/** What a superuser can do who disables the triggers, and what the verification then says. */
describe('a log that was changed from outside', () => {
  let log: AuditLog;
  let ctx: Context;

  beforeAll(async () => {
    log = await startAuditLog();
    for (const table of ['event', 'leaf', 'checkpoint']) {
      await log.admin.query(`alter table audit.${table} disable trigger tr_${table}_no_change`);
    }
    log.listeners.on(AuditBroken, 'test.heard@1', async () => undefined);
  });

  afterAll(() => log.close());

  // Three seals of ten events: checkpoints at 10, 20 and 30.
  beforeEach(async () => {
    ctx = anOrganization();
    await fill(log, ctx, 3);
  });

  const admin = (text: string, ...parameters: unknown[]) =>
    log.admin.query(text, [ctx.organizationId, ...parameters]);
  const verified = async (): Promise<string[]> => faultsOf(await log.audit.verify(ctx));
  const leafAt = async (index: number) => {
    const { rows } = await admin(
      `select l.recorded_at, l.event_id, l.leaf, e.body from audit.leaf l
         join audit.event e on e.organization_id = l.organization_id and e.id = l.event_id
        where l.organization_id = $1 and l.idx = $2`,
      index,
    );
    return rows[0] as { recorded_at: Date; event_id: string; leaf: Buffer; body: Buffer };
  };
  const forge = (body: Buffer): Buffer =>
    Buffer.from(
      canonicalJson({ ...(JSON.parse(body.toString()) as Record<string, string>), type: 'nothing.happened' }),
    );

  it('is whole before', async () => {
    await expect(verified()).resolves.toEqual([]);
  });

  describe('an edit', () => {
    it('of a body is named', async () => {
      const { event_id } = await leafAt(17);
      await admin(
        `update audit.event set body = convert_to(replace(convert_from(body, 'utf8'), 'success', 'serious-failure'), 'utf8')
          where organization_id = $1 and id = $2`,
        event_id,
      );
      await expect(verified()).resolves.toEqual(['event-changed at 17']);
    });

    it('of a column beside the body is named', async () => {
      const { event_id } = await leafAt(4);
      await admin(
        `update audit.event set patient_id = $3 where organization_id = $1 and id = $2`,
        event_id,
        newId(),
      );
      await expect(verified()).resolves.toEqual(['event-changed at 4']);
    });

    it('with all hashes made anew still has the wrong root', async () => {
      const { event_id, body } = await leafAt(17);
      const forged = forge(body);
      expect(eventOf(forged).type).toBe('nothing.happened');
      await admin(
        `update audit.event set body = $3, leaf = $4, type = 'nothing.happened' where organization_id = $1 and id = $2`,
        event_id,
        forged,
        leafHash(forged),
      );
      await admin(
        `update audit.leaf set leaf = $2 where organization_id = $1 and idx = 17`,
        leafHash(forged),
      );
      await expect(verified()).resolves.toEqual(['root-mismatch at 10']);
    });
  });

  describe('a delete', () => {
    it('of an event is named', async () => {
      const { event_id } = await leafAt(12);
      await admin(`delete from audit.event where organization_id = $1 and id = $2`, event_id);
      await expect(verified()).resolves.toEqual(['event-missing at 12']);
    });

    it('of an event and its leaf is named', async () => {
      const { event_id } = await leafAt(12);
      await admin(`delete from audit.event where organization_id = $1 and id = $2`, event_id);
      await admin(`delete from audit.leaf where organization_id = $1 and idx = 12`);
      await expect(verified()).resolves.toEqual(['leaf-missing at 12']);
    });

    it('closed up by renumbering has the wrong root', async () => {
      const { event_id } = await leafAt(12);
      await admin(`delete from audit.event where organization_id = $1 and id = $2`, event_id);
      await admin(`delete from audit.leaf where organization_id = $1 and idx = 12`);
      // Two steps, because the index is unique at every moment.
      await admin(`update audit.leaf set idx = idx + 1000 where organization_id = $1 and idx > 12`);
      await admin(`update audit.leaf set idx = idx - 1001 where organization_id = $1 and idx > 1000`);
      await expect(verified()).resolves.toEqual(
        expect.arrayContaining(['root-mismatch at 10', 'tail-cut at 29']),
      );
    });

    it('of a checkpoint is told by the file', async () => {
      await admin(`delete from audit.checkpoint where organization_id = $1 and size = 20`);
      await expect(verified()).resolves.toContain('checkpoint-missing at 20');
    });

    it('of an event that still waits is told', async () => {
      await log.audit.record(ctx, { type: 'summary.opened', action: 'R' });
      await admin(`delete from audit.unsealed where organization_id = $1`);
      await expect(verified()).resolves.toEqual(['event-unlisted']);
    });
  });

  describe('an insert', () => {
    const insertEvent = async (): Promise<{ id: string; leaf: Buffer; at: Date }> => {
      const { recorded_at, body } = await leafAt(15);
      const id = newId(recorded_at.getTime());
      const forged = Buffer.from(
        canonicalJson({
          ...(JSON.parse(body.toString()) as Record<string, string>),
          id,
          type: 'nothing.happened',
        }),
      );
      await log.admin.query(`alter table audit.event disable trigger tr_event_await_seal`);
      await admin(
        `insert into audit.event (organization_id, recorded_at, id, type, body, leaf)
         values ($1, $2, $3, 'nothing.happened', $4, $5)`,
        recorded_at,
        id,
        forged,
        leafHash(forged),
      );
      await log.admin.query(`alter table audit.event enable always trigger tr_event_await_seal`);
      return { id, leaf: leafHash(forged), at: recorded_at };
    };

    it('past the sealer is told', async () => {
      await insertEvent();
      await expect(verified()).resolves.toEqual(['event-unlisted']);
    });

    it('with a leaf in between has the wrong root', async () => {
      const { id, leaf, at } = await insertEvent();
      await admin(`update audit.leaf set idx = idx + 1000 where organization_id = $1 and idx >= 16`);
      await admin(`update audit.leaf set idx = idx - 999 where organization_id = $1 and idx >= 1000`);
      await admin(
        `insert into audit.leaf (organization_id, idx, recorded_at, event_id, leaf) values ($1, 16, $2, $3, $4)`,
        at,
        id,
        leaf,
      );
      const [first] = await verified();
      expect(first).toMatch(/^(root-mismatch at 10|event-changed at 16|leaf-out-of-order at 1[56])$/);
    });

    it('with a leaf at the end is signed by nobody', async () => {
      const { id, leaf, at } = await insertEvent();
      await admin(
        `insert into audit.leaf (organization_id, idx, recorded_at, event_id, leaf) values ($1, 30, $2, $3, $4)`,
        at,
        id,
        leaf,
      );
      await expect(verified()).resolves.toEqual(['leaf-unsigned at 30']);
    });

    it('of a checkpoint is signed by nobody', async () => {
      await admin(
        `insert into audit.checkpoint (organization_id, size, frontier, note, sealed_at)
         select organization_id, 25, frontier, replace(note, E'\\n30\\n', E'\\n25\\n'), sealed_at
           from audit.checkpoint where organization_id = $1 and size = 30`,
      );
      await expect(verified()).resolves.toContain('checkpoint-forged at 25');
    });
  });

  describe('a reorder', () => {
    const swap = async (one: number, other: number): Promise<void> => {
      await admin(`update audit.leaf set idx = 1000 where organization_id = $1 and idx = $2`, one);
      await admin(`update audit.leaf set idx = $2 where organization_id = $1 and idx = $3`, one, other);
      await admin(`update audit.leaf set idx = $2 where organization_id = $1 and idx = 1000`, other);
    };

    it('within a seal is named', async () => {
      await swap(13, 14);
      await expect(verified()).resolves.toEqual(['leaf-out-of-order at 13', 'root-mismatch at 13']);
    });

    it('across seals has the wrong root', async () => {
      await swap(9, 10);
      expect((await verified())[0]).toBe('root-mismatch at 0');
    });
  });

  describe('a cut of the tail', () => {
    const cut = async (from: number): Promise<void> => {
      await admin(
        `delete from audit.event e using audit.leaf l
          where e.organization_id = $1 and l.organization_id = $1 and e.id = l.event_id and l.idx >= $2`,
        from,
      );
      await admin(`delete from audit.leaf where organization_id = $1 and idx >= $2`, from);
    };

    it('is named by the table', async () => {
      await cut(25);
      await expect(verified()).resolves.toContain('tail-cut at 25');
    });

    it('together with its checkpoints is named by the file', async () => {
      await cut(20);
      await admin(`delete from audit.checkpoint where organization_id = $1 and size > 20`);
      await expect(verified()).resolves.toEqual(['tail-cut at 20']);
    });

    it('cannot be told without the file', async () => {
      await cut(20);
      await admin(`delete from audit.checkpoint where organization_id = $1 and size > 20`);
      rmSync(log.checkpointFile(ctx));
      await expect(verified()).resolves.toEqual([]);
    });
  });

  it('is not signed over: the sealer stops when the frontier is not what was signed', async () => {
    await admin(`update audit.checkpoint set frontier = set_byte(frontier, 0, 255 - get_byte(frontier, 0))
                  where organization_id = $1 and size = 30`);
    await log.audit.record(ctx, { type: 'summary.opened', action: 'R' });
    await expect(log.sealer.seal(ctx)).rejects.toMatchObject({ code: 'audit.broken' });
  });

  it('passes over a note that a crash tore, and reads the ones behind it', async () => {
    const file = log.checkpointFile(ctx);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.slice(0, -40));
    await fill(log, ctx, 1);
    await expect(verified()).resolves.toEqual([]);
    await admin(`delete from audit.checkpoint where organization_id = $1 and size = 40`);
    await expect(verified()).resolves.toContain('checkpoint-missing at 40');
  });

  it('is announced', async () => {
    await log.audit.verify(ctx);
    await admin(`delete from audit.leaf where organization_id = $1 and idx = 0`);
    await expect(verified()).resolves.toContain('leaf-missing at 0');
    const { rows } = await log.admin.query(
      `select payload from graphile_worker._private_jobs where payload->>'organizationId' = $1`,
      [ctx.organizationId],
    );
    expect(rows).toEqual([{ payload: expect.objectContaining({ ids: [ctx.organizationId] }) }]);
  });
});
