import { DataSource, type MigrationInterface } from 'typeorm';
import { PatientsContacts1795000003520 } from '../../migrations/1795000003520-patients-contacts.js';
import { FhirForbidden1795000004050 } from '../../migrations/1795000004050-fhir-forbidden.js';
import { ConsentDenySources1795000004260 } from '../../migrations/1795000004260-consent-deny-sources.js';
import { newId } from '../../src/platform/ids/ids.js';
import { copyTemplate, type TestDatabase } from '../support/database.js';
import { rowsOf } from './exchange/fhir/database.js';

/** By the owner of the tables, whom row security binds too and who is of no hospital. */
describe('a migration over rows of two hospitals', () => {
  let database: TestDatabase;
  let source: DataSource;
  let hospitals: string[];

  beforeEach(async () => {
    database = await copyTemplate();
    source = await new DataSource({ type: 'postgres', url: database.ownerUrl }).initialize();
    hospitals = [newId(), newId()];
    for (const id of hospitals) await run('insert into organizations.directory values ($1, $2)', [id, id]);
  });
  afterEach(async () => {
    await source.destroy();
    await database.drop();
  });

  const run = <Row>(text: string, parameters: unknown[] = []) => rowsOf<Row>(database, text, parameters);
  const migrate = async (migration: MigrationInterface, way: 'up' | 'down'): Promise<void> => {
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    await migration[way](runner);
    await runner.commitTransaction();
    await runner.release();
  };

  it('looks again at the minors, and at nobody else, when guardians come, and can be undone', async () => {
    const guardians = new PatientsContacts1795000003520();
    await migrate(guardians, 'down');
    for (const organizationId of hospitals)
      for (const minor of [true, true, false])
        await run(
          `insert into patients.patient
             (organization_id, id, connection_id, fhir_id, names_sealed, deceased, active, minor, majority_check_at)
           values ($1, $2::uuid, $2::uuid, $2::uuid::text, 'x', false, true, $3,
                   case when $3 then now() + interval '1 day' end)`,
          [organizationId, newId(), minor],
        );

    await migrate(guardians, 'up');

    const rows = await run<{ hospitals: number; due: number; others: number }>(
      `select count(distinct organization_id)::int as hospitals,
              count(*) filter (where minor and majority_check_at <= platform.now())::int as due,
              count(*) filter (where not minor and majority_check_at is null)::int as others
         from patients.patient`,
    );
    expect(rows).toEqual([{ hospitals: 2, due: 4, others: 2 }]);

    await run('update patients.patient set majority_check_at = now()');
    await migrate(guardians, 'down');
    await migrate(guardians, 'up');
  });

  it('takes what was restricted before for withheld since then, and never let go', async () => {
    const withheld = new FhirForbidden1795000004050();
    await migrate(withheld, 'down');
    for (const organizationId of hospitals)
      for (const restricted of [true, false])
        await run(
          `insert into fhir.resource
             (organization_id, connection_id, type, id, fhir_id, hash, read_at, restricted_at, let_go_at)
           values ($1, $1, 'Patient', $2, $3, '', now(), case when $4 then now() - interval '9 days' end, now())`,
          [organizationId, newId(), String(restricted), restricted],
        );

    await migrate(withheld, 'up');

    expect(
      await run(
        `select fhir_id as restricted, count(*)::int as n, bool_and(forbidden_at = restricted_at) as since,
                bool_or(forbidden_at is not null) as withheld, bool_or(let_go_at is not null) as let_go
           from fhir.resource group by 1 order by 1`,
      ),
    ).toEqual([
      { restricted: 'false', n: 2, since: null, withheld: false, let_go: true },
      { restricted: 'true', n: 2, since: true, withheld: true, let_go: false },
    ]);
  });

  it('keeps one deny of each patient and purpose when it is forgotten who in the EHR said it', async () => {
    const sources = new ConsentDenySources1795000004260();
    for (const organizationId of hospitals)
      for (const from of ['consent', 'contact-flag'])
        await run(
          `insert into consent.ehr_deny (organization_id, patient_id, purpose, source, since)
           values ($1, $1, 'surveys', $2, now())`,
          [organizationId, from],
        );

    await migrate(sources, 'down');
    await migrate(sources, 'up');

    const rows = await run(
      'select distinct purpose, source, count(*) over ()::int as n from consent.ehr_deny',
    );
    expect(rows).toEqual([{ purpose: 'surveys', source: 'consent', n: 2 }]);
  });
});
