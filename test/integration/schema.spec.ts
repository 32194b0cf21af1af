import { DataSource } from 'typeorm';
import { Client } from 'pg';
import { migrate } from '../../src/platform/database/migrate.js';
import { startApp, type TestApp } from '../support/app.js';

/** Found before the organization is known: no PHI, no row security (docs/architecture.md, tenancy). */
const DIRECTORIES = [
  'fhir.hint_directory',
  'fhir.published_key',
  'identity.api_key_directory',
  'messaging.number_departure',
  'messaging.number_directory',
  'organizations.directory',
];
const OURS = `not in ('pg_catalog', 'information_schema', 'public', 'graphile_worker') and n.nspname not like 'pg_%'`;

describe('the schema', () => {
  let test: TestApp;
  let owner: Client;

  beforeAll(async () => {
    test = await startApp(undefined, 'web');
    owner = new Client({ connectionString: test.database.ownerUrl });
    await owner.connect();
  });

  afterAll(async () => {
    await owner.end();
    await test.close();
  });

  const column = async (text: string): Promise<string[]> => {
    const { rows } = await owner.query<{ found: string }>(text);
    return rows.map(({ found }) => found);
  };

  it('is what the entities say: TypeORM would change nothing', async () => {
    const { upQueries } = await test.app.get(DataSource).driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('migrates twice without a change', async () => {
    const options = { ownerUrl: test.database.ownerUrl, runtimeRole: 'carethread_app', movableClock: true };
    await expect(migrate(options)).resolves.toEqual({ applied: [] });
  });

  it('protects every tenant table with row security that binds the owner too', async () => {
    const open = await column(
      `select n.nspname || '.' || c.relname as found
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
        where c.relkind in ('r', 'p') and not c.relispartition and n.nspname ${OURS}
          and not (c.relrowsecurity and c.relforcerowsecurity
                   and exists (select 1 from pg_policy p where p.polrelid = c.oid))
        order by 1`,
    );
    expect(open).toEqual(DIRECTORIES);
  });

  it('keeps no statistics of whose rows a table holds, so that a hospital which has just come is looked for through the right index', async () => {
    const kept = await column(
      `select n.nspname || '.' || c.relname as found
         from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
        where a.attstattarget is distinct from 0 order by 1`,
    );
    expect(kept).toEqual([]);
  });

  it('has an organization in every table but the few that belong to none', async () => {
    const without = await column(
      `select n.nspname || '.' || c.relname as found
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and not c.relispartition and n.nspname ${OURS}
          and not exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id')
        order by 1`,
    );
    expect(without).toEqual(['platform.clock']);
  });

  it('leads every primary key and unique index with the organization', async () => {
    const others = await column(
      `select n.nspname || '.' || i.relname as found
         from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
         join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
        where x.indisunique and not c.relispartition and n.nspname ${OURS} and a.attname <> 'organization_id'
          and n.nspname || '.' || c.relname not in (${DIRECTORIES.map((name) => `'${name}'`).join(', ')}, 'platform.clock')
        order by 1`,
    );
    expect(others).toEqual([]);
  });

  it('has no foreign key across modules', async () => {
    const crossing = await column(
      `select conname as found from pg_constraint f
         join pg_class c on c.oid = f.conrelid join pg_class r on r.oid = f.confrelid
        where f.contype = 'f' and c.relnamespace <> r.relnamespace`,
    );
    expect(crossing).toEqual([]);
  });

  it('lets the product own nothing and go round no policy', async () => {
    const powers = await column(
      `select rolname as found from pg_roles r
        where rolname in ('carethread_app', 'carethread_runtime')
          and (rolsuper or rolbypassrls or exists (select 1 from pg_class c where c.relowner = r.oid))`,
    );
    expect(powers).toEqual([]);
  });

  // Partitions are named after days: what the parent has, they have.
  it('keeps the policies, grants, triggers and partial indexes that review has seen', async () => {
    const policies = await column(
      `select format('%s.%s %s %s', schemaname, tablename, policyname, coalesce(qual, '') || coalesce(with_check, '')) as found
         from pg_policies where schemaname <> 'graphile_worker' order by 1`,
    );
    const grants = await column(
      `select format('%s.%s %s', table_schema, table_name, string_agg(privilege_type, ',' order by privilege_type)) as found
         from information_schema.role_table_grants
        where grantee = 'carethread_runtime' and table_schema <> 'graphile_worker' and table_name !~ '_(y?\\d{4}|default)'
        group by table_schema, table_name order by 1`,
    );
    const triggers = await column(
      `select format('%s.%s %s %s', n.nspname, c.relname, t.tgname, t.tgenabled) as found
         from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where not t.tgisinternal and not c.relispartition and n.nspname ${OURS} order by 1`,
    );
    const partial = await column(
      `select format('%s.%s %s', schemaname, indexname, substring(indexdef from 'WHERE.*')) as found
         from pg_indexes
        where schemaname <> 'graphile_worker' and indexdef like '%WHERE%'
          and not (select relispartition from pg_class where oid = format('%I.%I', schemaname, tablename)::regclass)
        order by 1`,
    );
    expect({ policies, grants, triggers, partial }).toMatchSnapshot();
  });
});
