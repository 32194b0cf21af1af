import type { Appointment, Patient } from 'fhir/r4.js';
import { checkRow } from '../../../../src/exchange/fhir/domain/row-checks.js';
import { makeDataset } from '../../../../src/sandbox/dataset/index.js';
import { BEGIN, type Hospital, openHospital, type Slug } from './hospital.js';

const { hospitals } = makeDataset({ seed: 1, now: BEGIN, name: 'full' });
/** Visits that are sound to a calendar, but name no patient of this EHR. */
const NOBODYS = ['visit/no-actor', 'visit/identifier-only', 'visit/elsewhere'];
/** A row without a date, or one that no zone can be told for, is in no window: a window scan never meets it. */
const OUT_OF_WINDOWS = ['no-start', 'start-without-offset'];

function isRefused(row: Appointment): boolean {
  return checkRow('Appointment', row, 'http://unused').state === 'invalid';
}

/** Well inside of it, and with an offset: a time without is in no window. */
function isInHorizon(start: string): boolean {
  const ahead = Date.parse(start) - BEGIN.getTime();
  return /(Z|[+-]\d\d:\d\d)$/.test(start) && ahead > 0 && ahead < 45 * 86_400_000;
}

/** Three hospitals with everything that makes an integration stumble: an open server, one like Epic's, one like HAPI. */
describe.each<Slug>(['st-marys', 'harbour', 'island'])('the full data set of %s', (slug) => {
  const data = hospitals.find((one) => one.slug === slug)!;
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital(slug, {}, { dataset: 'full' });
  });
  afterAll(() => hospital.close());

  const idsOf = (references: string[]): string[] => references.map((reference) => reference.split('/')[1]!);
  const linked = (patients: string[]): Promise<{ addressId: string }[]> =>
    hospital.rows(
      `select l.address_id as "addressId" from patients.patient p
         join patients.link l on l.organization_id = p.organization_id and l.patient_id = p.id
        where l.state = 'active' and p.fhir_id in (${patients.map((id) => `'${id}'`).join()})`,
    );

  it('is synced whole, and what is broken on purpose is put aside with its reason', async () => {
    const figures = await hospital.sync();
    const aside = await hospital.rows<{ id: string; reason: string }>(
      'select fhir_id as id, reason from fhir.quarantine',
    );
    expect(figures).toMatchObject({ complete: true, full: true, gone: 0, forbidden: 0, warnings: [] });
    const broken = [...data.dirtyAppointments, ...NOBODYS.flatMap((name) => idsOf(data.cases[name]!))];
    const brokenIds = broken.map((id) => id.replace('Appointment/', ''));
    expect(aside.filter(({ id }) => !brokenIds.includes(id))).toEqual([]);
    const expected = ['no-start', 'start-without-offset', 'end-before-start', 'no-patient', 'unknown-status'];
    const reasons = new Set(aside.map(({ reason }) => reason));
    expect([...reasons].filter((reason) => !expected.includes(reason))).toEqual([]);
    expect(OUT_OF_WINDOWS.every((reason) => reasons.has(reason))).toBe(figures.strategy === 'last-updated');
    const near = (row: Appointment): boolean =>
      data.dirtyAppointments.includes(row.id!) && isInHorizon(row.start ?? '') && isRefused(row);
    const missed = data.appointments.filter((row) => near(row) && !aside.some(({ id }) => id === row.id));
    expect(missed).toEqual([]);
    expect(data.appointments.filter(near).length).toBeGreaterThan(0);
  });

  it('changes nothing a second time', async () => {
    const { changed, gone, complete } = await hospital.sync();
    expect({ changed, gone, complete }).toEqual({
      changed: { Patient: 0, Practitioner: 0, Location: 0, Appointment: 0 },
      gone: 0,
      complete: true,
    });
  });

  it('brings 500 visits that changed in one moment, page by page', async () => {
    const { references } = await hospital.ehr.play(slug, 'mass-touch');
    expect(references.length).toBe(500);
    await hospital.rows(`update fhir.sync set full_due_at = now() - interval '1 year'`);
    const { changed, complete } = await hospital.sync();
    const touched = new Set(idsOf(references));
    const visits = new Map(
      (await hospital.ehr.all<Appointment>(slug, 'Appointment')).map((one) => [one.id, one]),
    );
    const here = await hospital.rows<{ id: string; version: string }>(
      `select fhir_id as id, version_id as version from fhir.resource where type = 'Appointment' and gone_at is null`,
    );
    const known = here.filter(({ id }) => touched.has(id) && isInHorizon(visits.get(id)!.start ?? ''));
    expect([complete, known.length > 100, changed.Appointment >= known.length]).toEqual([true, true, true]);
    expect(known.filter(({ id, version }) => visits.get(id)!.meta!.versionId !== version)).toEqual([]);
  });

  it('has one address for the phone of a household', async () => {
    const households = Object.entries(data.cases).filter(([name]) => name.startsWith('shared/'));
    expect(households.length).toBeGreaterThan(0);
    for (const [name, members] of households) {
      const links = await linked(idsOf(members));
      expect([name, links.length, new Set(links.map(({ addressId }) => addressId)).size]).toEqual([
        name,
        members.length,
        1,
      ]);
    }
  });

  it('writes to no number that is spoilt', async () => {
    const phones = ({ telecom = [] }: Patient): string[] =>
      telecom.filter(({ system }) => system === 'phone' || system === 'sms').map(({ value }) => value!);
    const unreachable = data.patients.filter((patient) =>
      phones(patient).every((value) => data.spoiledNumbers.includes(value)),
    );
    expect(unreachable.length).toBeGreaterThan(10);
    expect(await linked(unreachable.map(({ id }) => id!))).toEqual([]);
  });
});
