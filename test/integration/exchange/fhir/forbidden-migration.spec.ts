import { DataSource, type QueryRunner } from 'typeorm';
import { FhirForbidden1795000004050 } from '../../../../migrations/1795000004050-fhir-forbidden.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { copyTemplate, type TestDatabase } from '../../../support/database.js';
import { rowsOf } from './database.js';

describe('the migration that tells what an EHR withholds', () => {
  let database: TestDatabase;
  let source: DataSource;
  let runner: QueryRunner;

  beforeAll(async () => {
    database = await copyTemplate();
    source = await new DataSource({ type: 'postgres', url: database.ownerUrl }).initialize();
    runner = source.createQueryRunner();
  });
  afterAll(async () => {
    await runner.release();
    await source.destroy();
    await database.drop();
  });

  const migrate = async (way: 'up' | 'down'): Promise<void> => {
    await runner.startTransaction();
    await new FhirForbidden1795000004050()[way](runner);
    await runner.commitTransaction();
  };

  it('takes what was restricted before for withheld since then, and never let go, in every hospital', async () => {
    await migrate('down');
    for (const organizationId of [newId(), newId()]) {
      await rowsOf(database, `insert into organizations.directory values ($1, $2)`, [
        organizationId,
        organizationId,
      ]);
      for (const restricted of [true, false])
        await rowsOf(
          database,
          `insert into fhir.resource
             (organization_id, connection_id, type, id, fhir_id, hash, read_at, restricted_at, let_go_at)
           values ($1, $1, 'Patient', $2, $3, '', now(), case when $4 then now() - interval '9 days' end, now())`,
          [organizationId, newId(), String(restricted), restricted],
        );
    }

    await migrate('up');

    expect(
      await rowsOf(
        database,
        `select fhir_id as restricted, count(*)::int as n, bool_and(forbidden_at = restricted_at) as since,
                bool_or(forbidden_at is not null) as withheld, bool_or(let_go_at is not null) as let_go
           from fhir.resource group by 1 order by 1`,
      ),
    ).toEqual([
      { restricted: 'false', n: 2, since: null, withheld: false, let_go: true },
      { restricted: 'true', n: 2, since: true, withheld: true, let_go: false },
    ]);
  });
});
