import type { Client } from 'pg';
import { sql } from '../../../../src/platform/database/transactions.js';
import type { Context } from '../../../../src/platform/context/context.js';
import { anOrganization, fill, startAuditLog, type AuditLog } from './audit-log.js';

const REFUSED_BY_GRANT = '42501';
const REFUSED_BY_TRIGGER = '23001';

describe('the audit tables', () => {
  let log: AuditLog;
  let ctx: Context;
  let partition: string;

  beforeAll(async () => {
    log = await startAuditLog();
    ctx = anOrganization();
    await fill(log, ctx, 1);
    const { rows } = await log.admin.query(
      `select distinct tableoid::regclass::text as name from audit.event`,
    );
    partition = rows[0].name;
  });

  afterAll(() => log.close());

  /** The SQLSTATE of the refusal; the organization is set, so that row security alone would let it pass. */
  const refusal = async (client: Client, text: string): Promise<string> => {
    await client.query('begin');
    try {
      await client.query(`select set_config('app.organization_id', $1, true)`, [ctx.organizationId]);
      await client.query(text);
      return 'allowed';
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await client.query('rollback');
    }
  };

  it.each(['event', 'leaf', 'checkpoint'])('refuse the runtime role any change of %s', async (table) => {
    for (const text of [
      `update audit.${table} set organization_id = organization_id`,
      `delete from audit.${table}`,
      `truncate audit.${table}`,
      `alter table audit.${table} disable trigger all`,
      `drop table audit.${table}`,
    ]) {
      await expect(refusal(log.runtime, text)).resolves.toBe(REFUSED_BY_GRANT);
    }
    await expect(refusal(log.runtime, `set session_replication_role = replica`)).resolves.toBe(
      REFUSED_BY_GRANT,
    );
  });

  it('refuse the runtime role to write what waits for the sealer', async () => {
    await expect(refusal(log.runtime, `update audit.unsealed set leaf = leaf`)).resolves.toBe(
      REFUSED_BY_GRANT,
    );
    const insert = `insert into audit.unsealed select organization_id, recorded_at, id, leaf from audit.event`;
    await expect(refusal(log.runtime, insert)).resolves.toBe(REFUSED_BY_GRANT);
  });

  it.each(['event', 'leaf', 'checkpoint'])('refuse even a superuser a change of %s', async (table) => {
    for (const text of [
      `update audit.${table} set organization_id = organization_id`,
      `delete from audit.${table}`,
      `truncate audit.${table}`,
      `set local session_replication_role = replica; delete from audit.${table}`,
    ]) {
      await expect(refusal(log.admin, text)).resolves.toBe(REFUSED_BY_TRIGGER);
    }
  });

  it('refuse it on a partition itself, too', async () => {
    expect(partition).toMatch(/^audit\.event_\d{4}_\d{2}$/);
    for (const text of [
      `update ${partition} set type = type`,
      `delete from ${partition}`,
      `truncate ${partition}`,
      `set local session_replication_role = replica; delete from ${partition}`,
    ]) {
      await expect(refusal(log.admin, text)).resolves.toBe(REFUSED_BY_TRIGGER);
    }
    await expect(refusal(log.runtime, `select 1 from ${partition}`)).resolves.toBe(REFUSED_BY_GRANT);
  });

  it('show nothing without an organization, and only its own with one', async () => {
    for (const table of ['event', 'leaf', 'checkpoint', 'unsealed']) {
      const { rows } = await log.runtime.query(`select 1 from audit.${table}`);
      expect(rows).toEqual([]);
    }
    const other = anOrganization();
    await fill(log, other, 1);
    const seen = await log.transactions.run(other, (tx) =>
      sql<{ organization_id: string }>(tx, 'select distinct organization_id from audit.event'),
    );
    expect(seen).toEqual([{ organization_id: other.organizationId }]);
  });

  it('take no event for another organization', async () => {
    const text = `insert into audit.event (organization_id, recorded_at, id, type, body, leaf)
      values ('${anOrganization().organizationId}', now(), gen_random_uuid(), 'x.y', '', sha256(''))`;
    await expect(refusal(log.runtime, text)).resolves.toBe(REFUSED_BY_GRANT);
  });

  describe('by month', () => {
    const ensure = async (at: string): Promise<boolean> => {
      const { rows } = await log.runtime.query(`select audit.ensure_partition($1) as made`, [at]);
      return rows[0].made;
    };
    const insert = (at: string) =>
      log.transactions.run(ctx, (tx) =>
        sql(
          tx,
          `insert into audit.event (organization_id, recorded_at, id, type, body, leaf)
           values ($1, $2, gen_random_uuid(), 'x.y', '', sha256('')) returning tableoid::regclass::text as name`,
          [ctx.organizationId, at],
        ),
      );

    it('are made once, by a role that owns nothing', async () => {
      await expect(ensure('2031-03-31T23:30:00-04:00')).resolves.toBe(true);
      await expect(ensure('2031-04-15T00:00:00Z')).resolves.toBe(false);
      await expect(insert('2031-04-01T00:00:00Z')).resolves.toEqual([{ name: 'audit.event_2031_04' }]);
    });

    it('leave to the default partition a month that it has begun', async () => {
      await expect(insert('2032-05-05T00:00:00Z')).resolves.toEqual([{ name: 'audit.event_default' }]);
      await expect(ensure('2032-05-06T00:00:00Z')).resolves.toBe(false);
      await expect(insert('2032-05-07T00:00:00Z')).resolves.toEqual([{ name: 'audit.event_default' }]);
    });
  });
});
