import { systemContext, type Context } from '../../../src/platform/context/context.js';
import { byteaArray } from '../../../src/platform/database/binary-array.js';
import { DatabaseFault } from '../../../src/platform/database/database-fault.js';
import { afterCommit, sql, Transactions } from '../../../src/platform/database/transactions.js';
import { newId } from '../../../src/platform/ids/ids.js';
import { type TestPlatform, startPlatform } from '../../support/platform.js';

describe('transactions', () => {
  let platform: TestPlatform;
  let transactions: Transactions;
  const here = systemContext(newId(), 'test');
  const there = systemContext(newId(), 'test');

  beforeAll(async () => {
    platform = await startPlatform([], 'web');
    transactions = platform.app.get(Transactions);
  });

  afterAll(() => platform.close());

  const add = (ctx: Context, name: string): Promise<unknown> =>
    transactions.run(ctx, (tx) =>
      sql(
        tx,
        `insert into organizations.organization (organization_id, slug, name, time_zone, country, languages)
         values ($1, $2, $2, 'Asia/Kolkata', 'IN', '{en}')`,
        [ctx.organizationId, name],
      ),
    );
  const names = (ctx: Context): Promise<{ name: string }[]> =>
    transactions.run(ctx, (tx) => sql<{ name: string }>(tx, 'select name from organizations.organization'));

  it('shows an organization its own rows, and nothing without an organization', async () => {
    await add(here, 'here');
    await add(there, 'there');

    expect(await names(here)).toEqual([{ name: 'here' }]);
    expect(await names(there)).toEqual([{ name: 'there' }]);
    const unset = await transactions.directory((tx) =>
      sql(tx, 'select name from organizations.organization'),
    );
    expect(unset).toEqual([]);
  });

  it('refuses a row of another organization, on a connection that was used before too', async () => {
    const smuggled = transactions.run(here, (tx) =>
      sql(
        tx,
        `insert into organizations.facility (organization_id, id, name, time_zone) values ($1, $1, 'x', 'UTC')`,
        [there.organizationId],
      ),
    );
    await expect(smuggled).rejects.toMatchObject({ sqlState: '42501' });
  });

  describe('a statement of its own', () => {
    const insert = (organization: string): { name: string; text: string } => ({
      name: `test-${organization}`,
      text: `with own as materialized (select set_config('app.organization_id', ${organization}, true))
             insert into organizations.facility (organization_id, id, name, location, time_zone)
             select $1::uuid, r.id, encode(r.bytes, 'hex'), encode(r.bytes, 'hex'), 'UTC'
               from own, unnest($2::uuid[], $3::bytea[]) as r(id, bytes) returning name`,
    });
    const facilities = (ctx: Context): Promise<{ name: string }[]> =>
      transactions.run(ctx, (tx) => sql(tx, 'select name from organizations.facility order by name'));

    it('is committed when it is answered, bytes as they were, again and again on one connection', async () => {
      for (const bytes of [[Buffer.from([0, 255, 0x5c]), Buffer.alloc(0)], [Buffer.from('7d', 'hex')]]) {
        const ids = bytes.map(() => newId());
        const values = [here.organizationId, ids, byteaArray(bytes)];
        const added = await transactions.statement<{ name: string }>(insert('$1::text'), values);
        expect(added.map(({ name }) => name)).toEqual(bytes.map((one) => one.toString('hex')));
      }
      expect(await facilities(here)).toHaveLength(3);
      expect(await facilities(there)).toEqual([]);
    });

    it('stores nothing for an organization that it has not set', async () => {
      const values = [there.organizationId, [newId()], byteaArray([Buffer.from('x')])];
      const smuggled = transactions.statement(insert(`'${here.organizationId}'`), values);
      await expect(smuggled).rejects.toMatchObject({ sqlState: '42501' });
      const unset = transactions.statement(insert(`''`), values);
      await expect(unset).rejects.toMatchObject({ sqlState: '42501' });
      expect(await facilities(there)).toEqual([]);
    });

    it('leaves no organization behind on its connection', async () => {
      await transactions.statement(insert('$1::text'), [here.organizationId, [], byteaArray([])]);
      const seen = await transactions.directory((tx) => sql(tx, 'select name from organizations.facility'));
      expect(seen).toEqual([]);
    });

    it('tells a failure without the values', async () => {
      const statement = { name: 'test-broken', text: `select $1::text::int` };
      const failed = transactions.statement(statement, ['words of a patient']);
      await expect(failed).rejects.toBeInstanceOf(DatabaseFault);
      await expect(failed).rejects.not.toThrow(/patient/);
    });
  });

  it('joins the transaction of its caller and goes back with it', async () => {
    const outer = transactions.run(here, async (tx) => {
      await transactions.run(tx, (inner) =>
        sql(inner, `update organizations.organization set name = 'changed'`),
      );
      throw new Error('no');
    });
    await expect(outer).rejects.toThrow('no');
    expect(await names(here)).toEqual([{ name: 'here' }]);
  });

  it('runs what waits for the commit after it, and never after a rollback', async () => {
    const ran: string[] = [];
    await transactions.run(here, async (tx) => afterCommit(tx, () => ran.push('committed')));
    await transactions
      .run(here, async (tx) => {
        afterCommit(tx, () => ran.push('rolled back'));
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(ran).toEqual(['committed']);
  });

  it('tells of a failure by code, table and constraint, without the value', async () => {
    const twice = add(here, '+15550100-secret');
    await expect(twice).rejects.toBeInstanceOf(DatabaseFault);
    const error = (await twice.catch((fault: unknown) => fault)) as DatabaseFault;
    expect(error).toMatchObject({ sqlState: '23505', constraint: 'pk_organization', kind: 'conflict' });
    expect(JSON.stringify(error) + String(error) + (error.stack ?? '')).not.toContain('secret');
  });

  it('refuses what is no UUID before it reaches SQL', async () => {
    const forged = { ...here, organizationId: `x', true); drop table y; --` };
    await expect(names(forged)).rejects.toThrow(TypeError);
  });
});
