import { setTimeout as sleep } from 'node:timers/promises';
import type { Patient as FhirPatient } from 'fhir/r4.js';
import { ConsentFacade, ConsentModule } from '../../../../src/exchange/consent/index.js';
import { Merges } from '../../../../src/exchange/patients/application/merges.js';
import { PatientsFacade, type Patient } from '../../../../src/exchange/patients/index.js';
import { WorklistFacade } from '../../../../src/foundation/worklist/index.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import { Settle } from '../../../../src/platform/jobs/settle.js';
import { makeDataset } from '../../../../src/sandbox/dataset/index.js';
import { BEGIN, type Hospital, openHospital, type Slug } from '../fhir/hospital.js';

const { hospitals } = makeDataset({ seed: 1, now: BEGIN, name: 'full' });

interface Item {
  id: Uuid;
  kind: string;
  reason: string;
  subject_id: Uuid;
  resolution: string | null;
}

describe('records that the EHR has merged', () => {
  let hospital: Hospital;
  let patients: PatientsFacade;

  afterEach(() => hospital.close());

  async function open(slug: Slug): Promise<void> {
    hospital = await openHospital(slug, {}, { dataset: 'full', role: 'all', modules: [ConsentModule] });
    patients = hospital.platform.app.get(PatientsFacade, { strict: false });
    await hospital.sync();
  }
  /** References of an example of the data set. */
  const example = (name: string): string[] =>
    hospitals.find(({ slug }) => slug === hospital.slug)!.cases[name]!;
  const known = (reference: string) => patients.known(hospital.ctx, hospital.connectionId, reference);
  const referenceOf = (patient: Patient | null) => patient && `Patient/${patient.fhirId}`;
  const standsFor = async (reference: string) => referenceOf(await known(reference));
  const read = (reference: string) => hospital.fhir.read(hospital.ctx, hospital.connectionId, reference);
  const items = (kind: string) =>
    hospital.rows<Item>(
      `select id, kind, reason, subject_id, resolution from worklist.work_item where kind = '${kind}' order by raised_at`,
    );
  const aliases = () =>
    hospital.rows<{ merged: string; survivor: string; state: string; ended: boolean }>(
      `select 'Patient/' || merged_fhir_id as merged, 'Patient/' || survivor_fhir_id as survivor, state,
              ended_at is not null as ended from patients.alias order by since, id`,
    );
  const idOf = async (reference: string) =>
    (await patients.knownIds(hospital.ctx, hospital.connectionId, [reference])).get(reference)!;
  const addressIds = async (patientId: Uuid) =>
    (await patients.addressesOf(hospital.ctx, patientId)).map(({ id }) => id);

  /** Until it holds: what a merge leads to comes by jobs. */
  async function eventually(check: () => Promise<void>): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await check();
      } catch (error) {
        if (tries > 100) throw error;
        await sleep(50);
      }
    }
  }

  /** The two records that the events join and part, and a third and fourth of which one is deleted. */
  async function pairOf(event: string): Promise<[merged: string, survivor: string]> {
    const { references: touched } = await hospital.ehr.play(hospital.slug, event);
    const [first, second] = touched.filter((reference) => reference.startsWith('Patient/'));
    return event === 'merge-and-delete' ? [second!, first!] : [first!, second!];
  }

  it('case 30: are one person under the survivor, its own record kept, until the EHR parts them again', async () => {
    await open('st-marys');
    const [simple, stands] = example('merge/simple');
    expect([await standsFor(simple!), await standsFor(stands!)].toString()).toBe(
      [await standsFor(stands!), await standsFor(stands!)].toString(),
    );
    const before = {
      patients: await hospital.rows('select * from patients.patient order by id'),
      links: await hospital.rows('select * from patients.link order by patient_id, address_id'),
    };

    const [merged, survivor] = await pairOf('merge');
    const [mergedId, survivorId] = [await idOf(merged), await idOf(survivor)];
    const [mergeds, survivors] = [await addressIds(mergedId), await addressIds(survivorId)];
    await hospital.sync();

    expect(await standsFor(merged)).toBe(survivor);
    expect(await idOf(merged)).toBe(mergedId);
    const persons = await patients.personsOf(hospital.ctx, [mergedId, survivorId]);
    expect([...persons.values()].map((person) => person.survivorId)).toEqual([survivorId, survivorId]);
    // Whoever writes from the merged record's number is the survivor; nothing goes there until staff say so.
    const [sharer] = await patients.byAddress(hospital.ctx, mergeds[0]!);
    expect(sharer!.id).toBe(survivorId);
    expect([await addressIds(survivorId), await addressIds(mergedId)]).toEqual([survivors, survivors]);
    const pairs = [
      { patientId: mergedId, addressId: mergeds[0]! },
      { patientId: survivorId, addressId: mergeds[0]! },
      { patientId: survivorId, addressId: survivors[0]! },
      // What is the merged record's own goes nowhere where that record could not be reached.
      { patientId: mergedId, addressId: survivors[0]! },
    ];
    expect(await patients.linked(hospital.ctx, pairs)).toEqual(['none', 'none', 'active', 'none']);
    const [item] = (await items('patient-merged')).filter(({ subject_id }) => subject_id === mergedId);
    expect(item).toMatchObject({ reason: 'other-number', resolution: null });

    const worklist = hospital.platform.app.get(WorklistFacade, { strict: false });
    await worklist.resolveById(hospital.ctx, { id: item!.id, version: 1 }, 'numbers-confirmed');
    await eventually(async () => {
      expect(await addressIds(survivorId)).toEqual(expect.arrayContaining([...survivors, ...mergeds]));
    });
    expect(await patients.linked(hospital.ctx, pairs)).toEqual(['active', 'active', 'active', 'none']);

    await pairOf('unmerge');
    await hospital.sync();

    expect([await standsFor(merged), await standsFor(survivor)]).toEqual([merged, survivor]);
    expect(await addressIds(survivorId)).toEqual(survivors);
    expect(await addressIds(mergedId)).toEqual(mergeds);
    expect(await aliases()).toContainEqual({ merged, survivor, state: 'ended', ended: true });
    const plain = (row: object) => ({ ...row, version: 0, names_sealed: 0, birth_date_sealed: 0 });
    const after = {
      patients: await hospital.rows<object>('select * from patients.patient order by id'),
      links: await hospital.rows('select * from patients.link order by patient_id, address_id'),
    };
    expect(after.links).toEqual(before.links);
    expect(after.patients.map(plain)).toEqual((before.patients as object[]).map(plain));

    // What staff confirmed of the merge that ended says nothing of another one.
    const joined = { active: false, link: [{ type: 'replaced-by', other: { reference: survivor } }] };
    await hospital.ehr.merge(hospital.slug, 'Patient', merged.split('/')[1]!, joined);
    await read(merged);
    expect(await standsFor(merged)).toBe(survivor);
    expect(await addressIds(survivorId)).toEqual(survivors);
    expect(await patients.linked(hospital.ctx, pairs)).toEqual(['none', 'none', 'active', 'none']);
  });

  it('case 30: are one person also where the EHR sends readers on, until it answers again', async () => {
    await open('harbour');
    const known301 = await hospital.rows<{ merged: string }>(
      `select 'Patient/' || merged_fhir_id as merged from patients.alias`,
    );
    expect(known301.length).toBeGreaterThan(0);

    const [merged, survivor] = await pairOf('merge');
    const mergedId = await idOf(merged);
    expect(await read(merged)).toEqual({ state: 'merged', into: survivor });
    expect(await standsFor(merged)).toBe(survivor);
    // Also of a record that we were never shown.
    const link = [{ type: 'replaced-by' as const, other: { reference: survivor } }];
    await hospital.ehr.put('harbour', { resourceType: 'Patient', id: 'never-shown', active: false, link });
    expect(await read('Patient/never-shown')).toEqual({ state: 'merged', into: survivor });
    expect([await standsFor('Patient/never-shown'), await idOf('Patient/never-shown')]).toEqual([
      survivor,
      undefined,
    ]);
    // Told again, it is no news.
    expect(await read(merged)).toEqual({ state: 'merged', into: survivor });
    expect((await aliases()).filter((alias) => alias.merged === merged)).toHaveLength(1);

    await pairOf('unmerge');
    expect(await read(merged)).toMatchObject({ state: 'current' });
    expect(await standsFor(merged)).toBe(merged);
    expect(await idOf(merged)).toBe(mergedId);
  });

  it('case 30: keep standing for one another when the merged record is deleted', async () => {
    await open('st-marys');
    const [merged, survivor] = await pairOf('merge-and-delete');
    await hospital.sync();
    await eventually(async () => expect(await standsFor(merged)).toBe(survivor));
    expect(await read(merged)).toEqual({ state: 'gone' });
    expect(await standsFor(merged)).toBe(survivor);

    // The other way about: the record says so first, and is deleted then.
    const [first, second] = example('merge/simple');
    const { link } = (await hospital.ehr.all<FhirPatient>('st-marys', 'Patient')).find(
      ({ id }) => `Patient/${id}` === first,
    )!;
    const [source, stays] = link?.some(({ type }) => type === 'replaced-by')
      ? [first, second]
      : [second, first];
    await hospital.ehr.remove('st-marys', 'Patient', source!.split('/')[1]!);
    expect(await read(source!)).toEqual({ state: 'gone' });
    expect(await standsFor(source!)).toBe(stays);

    // One that claims this record, and another that speaks for itself, takes over neither.
    const [claimer, present] = example('merge/later');
    const claims = [source, present].map((reference) => ({ type: 'replaces', other: { reference } }));
    await hospital.ehr.merge('st-marys', 'Patient', claimer!.split('/')[1]!, { link: claims });
    await read(claimer!);
    await hospital.platform.app.get(Settle, { strict: false }).untilIdle();
    expect([await standsFor(source!), await standsFor(present!)]).toEqual([stays, present]);
  });

  it.each<Slug>(['st-marys', 'harbour'])(
    'case 31: a chain of merges leads to its end, and a loop stops with one work item (%s)',
    async (slug) => {
      await open(slug);
      const rows = await hospital.ehr.all<FhirPatient>(slug, 'Patient');
      const nextOf = (reference: string) =>
        rows.find(({ id }) => `Patient/${id}` === reference)!.link?.find(({ type }) => type === 'replaced-by')
          ?.other.reference;
      const chain = example('merge/chain');
      const last = chain.find((reference) => nextOf(reference) === undefined)!;
      await eventually(async () => {
        for (const reference of chain) expect(await standsFor(reference)).toBe(last);
      });

      const loop = example('merge/loop');
      const broken = await items('patient-merge-broken');
      for (const reference of loop) expect(await standsFor(reference)).toBe(reference);
      expect(broken.map(({ reason, resolution }) => [reason, resolution])).toEqual([['loop', null]]);
      expect((await aliases()).filter(({ state }) => state === 'loop')).toHaveLength(2);
    },
  );

  it('case 31: two joins of one chain that are told at once lead to its end, and one that has two ends to none', async () => {
    hospital = await openHospital('st-marys', {}, { modules: [ConsentModule] });
    patients = hospital.platform.app.get(PatientsFacade, { strict: false });
    const merges = hospital.platform.app.get(Merges, { strict: false });
    const [one, two, three, four] = (await hospital.ehr.all<FhirPatient>('st-marys', 'Patient')).map(
      ({ id }) => id!,
    );
    for (const id of [one, two, three]) await read(`Patient/${id}`);
    const tell = (fhirId: string, into: string, until: Promise<void>): Promise<void> =>
      hospital.transactions.run(hospital.ctx, async (tx) => {
        const said = [{ fhirId, into }];
        await merges.concern(tx, hospital.connectionId, said);
        await merges.follow(tx, hospital.connectionId, said);
        await until;
      });
    let commit: () => void = () => undefined;
    const first = tell(one!, two!, new Promise((resolve) => (commit = resolve)));
    await sleep(200);
    const second = tell(two!, three!, Promise.resolve());
    await sleep(200);
    commit();
    await Promise.all([first, second]);
    expect(await standsFor(`Patient/${one}`)).toBe(`Patient/${three}`);

    const ends = [one, two].map((id) => ({ type: 'replaced-by', other: { reference: `Patient/${id}` } }));
    await hospital.ehr.merge('st-marys', 'Patient', four!, { link: ends });
    await read(`Patient/${four}`);
    expect(await standsFor(`Patient/${four}`)).toBe(`Patient/${four}`);
    await hospital.ehr.merge('st-marys', 'Patient', four!, { link: ends.slice(0, 1) });
    await read(`Patient/${four}`);
    expect(await standsFor(`Patient/${four}`)).toBe(`Patient/${three}`);
  });

  it('case 31: a loop that the EHR mends is mended here, and its work item is resolved', async () => {
    await open('st-marys');
    const [left, right] = example('merge/loop');
    await hospital.ehr.merge('st-marys', 'Patient', left!.split('/')[1]!, { link: null });
    await read(left!);
    expect([await standsFor(left!), await standsFor(right!)]).toEqual([left, left]);
    const [item] = await items('patient-merge-broken');
    expect(item!.resolution).toBe('mended-in-ehr');
  });

  it('read a survivor that nobody has seen', async () => {
    await open('st-marys');
    const [survivor] = (await hospital.ehr.all<FhirPatient>('st-marys', 'Patient')).slice(-1);
    const stranger = { ...survivor!, id: 'unseen-1', link: undefined } as FhirPatient;
    await hospital.ehr.put('st-marys', stranger);
    const replacedBy = [{ type: 'replaced-by', other: { reference: 'Patient/unseen-1' } }];
    await hospital.ehr.merge('st-marys', 'Patient', survivor!.id!, { active: false, link: replacedBy });
    expect(await known('Patient/unseen-1')).toBeNull();
    await read(`Patient/${survivor!.id}`);
    await eventually(async () => {
      expect(await standsFor(`Patient/${survivor!.id}`)).toBe('Patient/unseen-1');
    });
    // As long as visits name the merged record, the one that stands for it is followed.
    await eventually(async () => {
      const rows = await hospital.rows<{ needed: boolean }>(
        `select needed_until is not null as needed from fhir.resource where fhir_id = 'unseen-1'`,
      );
      expect(rows).toEqual([{ needed: true }]);
    });
  });

  it('case 30: that agreed to different things permit only what both do, and staff are asked', async () => {
    await open('st-marys');
    const consents = hospital.platform.app.get(ConsentFacade, { strict: false });
    const agree = (patient: string) =>
      consents.grant(hospital.ctx, {
        patient,
        ehrConnection: 'main',
        purposes: ['appointment-reminders'],
        method: 'paper',
        wordingVersion: '1',
        evidence: {},
        recordedAt: BEGIN,
      });
    const [simple, other] = example('merge/simple');
    const survivor = (await standsFor(simple!))!;
    const [merged] = [simple!, other!].filter((reference) => reference !== survivor);
    // Under a number that may be another's tomorrow nothing is recorded.
    await expect(agree(merged!)).rejects.toMatchObject({ code: 'consent.patient-merged' });
    const [granted] = await agree(survivor);
    expect(granted!.patientId).toBe(await idOf(survivor));

    const [refuser, agreer] = example('merge/later');
    await agree(refuser!);
    const [mine] = await agree(agreer!);
    const [theirs] = await agree(refuser!);
    await consents.withdraw(hospital.ctx, { consentId: theirs!.id, method: 'verbal' });
    const ask = () =>
      consents.mayMessage(hospital.ctx, {
        patientId: mine!.patientId,
        addressId: mine!.addressId,
        purpose: 'appointment-reminders',
      });
    expect(await ask()).toMatchObject({ allowed: true });
    expect(await pairOf('merge')).toEqual([refuser, agreer]);
    await hospital.sync();
    expect(await ask()).toEqual({ allowed: false, reason: 'withdrawn' });
    const refused = await idOf(refuser!);
    expect((await items('patient-merged')).filter(({ subject_id }) => subject_id === refused)).toHaveLength(
      1,
    );
    await pairOf('unmerge');
    await hospital.sync();
    expect(await ask()).toMatchObject({ allowed: true });
  });
});
