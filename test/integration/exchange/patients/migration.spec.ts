import { DataSource, type QueryRunner } from 'typeorm';
import { PatientsContacts1795000003520 } from '../../../../migrations/1795000003520-patients-contacts.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { copyTemplate, type TestDatabase } from '../../../support/database.js';
import { rowsOf } from '../fhir/database.js';

describe('the migration that brings guardians', () => {
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
    await new PatientsContacts1795000003520()[way](runner);
    await runner.commitTransaction();
  };
  const add = (organizationId: string, minor: boolean): Promise<unknown> =>
    rowsOf(
      database,
      `insert into patients.patient (organization_id, id, connection_id, fhir_id, names_sealed, deceased, active, minor,
                                     majority_check_at)
       values ($1, $2::uuid, $2::uuid, $2::uuid::text, 'x', false, true, $3, case when $3 then now() + interval '1 day' end)`,
      [organizationId, newId(), minor],
    );

  it('looks again at the minors of every hospital, and at nobody else, and can be undone', async () => {
    await migrate('down');
    const hospitals = [newId(), newId()];
    for (const id of hospitals) {
      await rowsOf(database, `insert into organizations.directory values ($1, $2)`, [id, id]);
      for (const minor of [true, true, false]) await add(id, minor);
    }

    await migrate('up');

    const rows = await rowsOf<{ hospitals: number; due: number; others: number }>(
      database,
      `select count(distinct organization_id)::int as hospitals,
              count(*) filter (where minor and majority_check_at <= platform.now())::int as due,
              count(*) filter (where not minor and majority_check_at is null)::int as others
         from patients.patient`,
    );
    expect(rows).toEqual([{ hospitals: 2, due: 4, others: 2 }]);

    await rowsOf(database, 'update patients.patient set majority_check_at = now()');
    await migrate('down');
    await migrate('up');
  });
});
