import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TENANT_COLUMN_WITHOUT_STATISTICS } from '../src/platform/database/migration-support.js';

/** Tables made before their protection said so (`protect`): a hospital that has just come is looked for as any other. */
export class OrganizationsNoStatistics1795000003900 implements MigrationInterface {
  name = 'OrganizationsNoStatistics1795000003900';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of await tenantTables(runner)) {
      await runner.query(`alter table ${table} ${TENANT_COLUMN_WITHOUT_STATISTICS}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of await tenantTables(runner)) {
      await runner.query(`alter table ${table} alter column organization_id set statistics -1`);
    }
  }
}

async function tenantTables(runner: QueryRunner): Promise<string[]> {
  const rows = (await runner.query(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
      where p.polname = 'organization' order by 1`,
  )) as { name: string }[];
  return rows.map(({ name }) => name);
}
