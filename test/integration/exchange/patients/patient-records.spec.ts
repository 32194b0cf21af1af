import type { CareTeam, Consent, Observation } from 'fhir/r4.js';
import { EhrDenies } from '../../../../src/exchange/consent/application/ehr-denies.js';
import { WriteKept } from '../../../../src/exchange/fhir/application/kept/write-kept.js';
import { Probe } from '../../../../src/exchange/fhir/application/probe.js';
import { FhirFacade, type KeepableResource } from '../../../../src/exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { PrivacyFacade } from '../../../../src/foundation/privacy/index.js';
import { type Context, systemContext } from '../../../../src/platform/context/context.js';
import { newId, type Uuid, uuidFromPublicId } from '../../../../src/platform/ids/ids.js';
import { Loops } from '../../../../src/platform/jobs/loops.js';
import { startApp, type TestApp } from '../../../support/app.js';
import { samplesFor } from '../../../support/written-samples.js';
import { rowsOf, setClock } from '../fhir/database.js';
import { BEGIN, organizationOf } from '../fhir/hospital.js';
import { startStandIn, type StandIn } from '../fhir/stand-in.js';

const DAY_MS = 86_400_000;
const KEPT = ['DocumentReference', 'Observation', 'QuestionnaireResponse'] as const;
/** Of the sample Observation. */
const CONTENT = 'Body weight';

interface Shown {
  id: string;
  state: string;
  type: string;
  reference: string | null;
  fault: string | null;
  resource?: Observation | null;
}
interface Teams {
  offered: boolean;
  as_of: string | null;
  data: { reference: string; members: { reference: string; role: string | null }[] }[];
}

describe('what else is known of a patient', () => {
  let ehr: StandIn;
  let test: TestApp;
  let ctx: Context;
  let connectionId: Uuid;
  let fhir: FhirFacade;
  /** `pat_…`, by FHIR id. */
  let patients: Map<string, string>;

  const get = <T>(type: new (...given: never[]) => T): T => test.app.get(type, { strict: false });
  const rows = <R>(text: string): Promise<R[]> => rowsOf<R>(test.database, text);

  beforeAll(async () => {
    ehr = await startStandIn(BEGIN);
    await ehr.become('st-marys', 'athena-like');
    const settings = { profile: 'athena', hints: { secret: { value: 'an-engine-of-this-hospital-000001' } } };
    test = await startApp({ organizations: [organizationOf('st-marys', ehr.url, settings)] }, 'web');
    await setClock(test.database, BEGIN);
    ctx = systemContext((await get(OrganizationsFacade).all())[0]!.id, 'test');
    fhir = get(FhirFacade);
    connectionId = (await fhir.connections(ctx))[0]!.id;
    for (const id of ['1001', '1002', '1003', '1004', '1005', '1006'])
      await fhir.read(ctx, connectionId, `Patient/${id}` as const);
    const { data } = await ask<{ data: { id: string; reference: string }[] }>('/v1/patients?limit=100');
    patients = new Map(data.map(({ id, reference }) => [reference.replace('Patient/', ''), id]));
  });
  afterAll(async () => {
    await test.close();
    await ehr.close();
  });

  const headers = (key = test.apiKey) => ({ authorization: `Bearer ${key}`, 'x-organization': 'st-marys' });
  async function ask<T>(path: string, key?: string): Promise<T & { status: number }> {
    const answer = await fetch(`${test.url}${path}`, { headers: headers(key) });
    return { ...((await answer.json()) as T), status: answer.status };
  }
  const path = (fhirId: string, rest: string) => `/v1/patients/${patients.get(fhirId)}/${rest}`;
  const audited = async (type: string) =>
    (
      await rows<{ n: number }>(
        `select count(*)::int as n from audit.event where convert_from(body, 'utf8') like '%"${type}"%'`,
      )
    )[0]!.n;

  describe('resources that the EHR does not offer to take', () => {
    const aWrite = (type: (typeof KEPT)[number], patient: string, more: object = {}) => {
      const identifier = { system: 'urn:carethread:test', value: newId() };
      const sample = samplesFor(identifier).find((one) => one.resourceType === type) as KeepableResource;
      const resource = { ...sample, subject: { reference: `Patient/${patient}` }, ...more };
      return { connectionId, identifier, resource: resource as KeepableResource };
    };
    const put = (one: ReturnType<typeof aWrite>) => fhir.writeOrKeep(ctx, one);
    const listed = async (patient: string) =>
      (await ask<{ data: Shown[] }>(path(patient, 'kept-resources'))).data;
    const at = (type: string) => ehr.all('st-marys', type);
    const become = async (profile: string): Promise<void> => {
      await ehr.become('st-marys', `${profile}-like`);
      await rows(`update fhir.connection set profile = '${profile}'`);
      await get(Probe).run(ctx, connectionId);
    };
    const turn = () => get(WriteKept).claim(ctx);

    const written = async (): Promise<void> => {
      while ((await turn()) > 0);
    };

    beforeEach(async () => {
      await rows('delete from fhir.kept');
      await rows('delete from worklist.work_item');
      await become('athena');
    });

    it('are kept once, shown without content in a list, and whole one by one, each after an audit event', async () => {
      const one = aWrite('Observation', '1001');
      const [first, second] = [await put(one), await put(one)];
      expect(first).toEqual({ how: 'kept', id: expect.any(String) as string });
      expect(second).toEqual(first);
      await put(aWrite('DocumentReference', '1001'));

      const list = await ask<{ data: Shown[]; next_cursor: string | null }>(
        `${path('1001', 'kept-resources')}?limit=1`,
      );
      expect(list.data).toMatchObject([{ type: 'DocumentReference', state: 'kept', reference: null }]);
      const next = await ask<{ data: Shown[] }>(
        `${path('1001', 'kept-resources')}?limit=1&cursor=${list.next_cursor}`,
      );
      expect(next.data).toMatchObject([{ type: 'Observation', state: 'kept', fault: null }]);
      expect(JSON.stringify([list, next])).not.toContain(CONTENT);

      const shown = await ask<Shown>(path('1001', `kept-resources/${next.data[0]!.id}`));
      expect(shown.resource).toEqual(one.resource);
      expect([
        await audited('kept-resource.created'),
        await audited('kept-resources.listed'),
        await audited('kept-resource.read'),
      ]).toEqual([2, 2, 1]);
      expect(await at('Observation')).toEqual([]);
    });

    it('lie sealed', async () => {
      await put(aWrite('Observation', '1001'));
      const found = await rows(
        `select 1 from fhir.kept where position('weight'::bytea in sealed) > 0
           or sealed is null or row_to_json(kept)::text like '%${CONTENT}%'`,
      );
      expect(found).toEqual([]);
    });

    it('are shown to nobody without the right, and as nobody else’s', async () => {
      await put(aWrite('Observation', '1001'));
      const { id } = (await listed('1001'))[0]!;
      const made = await fetch(`${test.url}/v1/api-keys`, {
        method: 'POST',
        headers: { ...headers(), 'content-type': 'application/json', 'idempotency-key': newId() },
        body: JSON.stringify({ name: 'desk', scopes: ['patients:read'] }),
      });
      const { key } = (await made.json()) as { key: string };
      expect((await ask(path('1001', 'kept-resources'), key)).status).toBe(403);
      expect((await ask(path('1001', `kept-resources/${id}`), key)).status).toBe(403);
      expect((await ask(path('1002', `kept-resources/${id}`))).status).toBe(404);
      expect((await ask('/v1/patients/pat_x/kept-resources')).status).toBe(404);
    });

    it.each(KEPT)('a %s is written, and kept no more, once the EHR is found to offer it', async (type) => {
      // athenahealth takes answers; what it was found to take may be less.
      await rows(`update fhir.connection set capabilities = jsonb_set(capabilities, '{creates}', '[]')`);
      const before = (await at(type)).length;
      await put(aWrite(type, '1002'));
      expect([await turn(), (await listed('1002'))[0]!.state]).toEqual([0, 'kept']);
      await become('epic');
      await written();

      expect(await at(type)).toHaveLength(before + 1);
      const [shown] = await listed('1002');
      const { id } = (await at(type)).at(-1)!;
      expect(shown).toMatchObject({ state: 'written', reference: `${type}/${id}` });
      expect((await ask<Shown>(path('1002', `kept-resources/${shown!.id}`))).resource).toBeNull();
      expect(await rows('select 1 from fhir.kept where sealed is not null')).toEqual([]);
    });

    it('that were kept and are put again are written at once where the EHR offers them, and never twice', async () => {
      const one = aWrite('Observation', '1003');
      await put(one);
      await become('epic');
      const before = (await at('Observation')).length;
      const [first, second] = [await put(one), await put(one)];
      expect([first.how, second.how]).toEqual(['created', 'existing']);
      await written();
      expect(await at('Observation')).toHaveLength(before + 1);
      expect((await listed('1003'))[0]).toMatchObject({ state: 'written' });
    });

    it('wait while the EHR is away', async () => {
      await put(aWrite('Observation', '1003'));
      await become('epic');
      await ehr.fault({ name: 'failed-dependency', match: { resourceType: 'Observation' } });
      expect(await turn()).toBe(1);
      await ehr.clearFaults();
      expect([await turn(), (await listed('1003'))[0]!.state]).toEqual([0, 'kept']);
      await rows('update fhir.kept set due_at = platform.now()');
      await written();
      expect((await listed('1003'))[0]!.state).toBe('written');
    });

    it('that the EHR then refuses stay, and a person is told', async () => {
      await put(aWrite('DocumentReference', '1004', { docStatus: undefined, content: OPAQUE }));
      await become('oracle');
      await written();

      const [shown] = await listed('1004');
      expect(shown).toMatchObject({ state: 'refused', fault: 'fhir.content-refused' });
      expect((await ask<Shown>(path('1004', `kept-resources/${shown!.id}`))).resource).not.toBeNull();
      expect(await rows(`select reason, state from worklist.work_item where kind = 'kept-resource'`)).toEqual(
        [{ reason: 'ehr-refused', state: 'open' }],
      );
    });

    it('case 30: of a merged record are shown with the one that stands for it, and written there', async () => {
      await put(aWrite('Observation', '1005'));
      const link = [{ type: 'replaced-by', other: { reference: 'Patient/1006' } }];
      await ehr.merge('st-marys', 'Patient', '1005', { active: false, link });
      await fhir.read(ctx, connectionId, 'Patient/1005');
      expect(await listed('1006')).toMatchObject([{ state: 'kept' }]);

      await become('epic');
      await written();
      const [shown] = await listed('1006');
      expect(shown).toMatchObject({ state: 'written' });
      const there = (await ehr.all<Observation>('st-marys', 'Observation')).find(
        ({ id }) => shown!.reference === `Observation/${id}`,
      );
      expect(there!.subject).toEqual({ reference: 'Patient/1006' });
    });

    it('of a patient behind break-the-glass wait, a person is told, and they are written once it is open', async () => {
      const restricted = (to: string) =>
        rows(`update fhir.resource set restricted_at = ${to} where type = 'Patient' and fhir_id = '1003'`);
      const items = () => rows(`select reason, state from worklist.work_item where kind = 'kept-resource'`);
      await put(aWrite('Observation', '1003'));
      await restricted('platform.now()');
      await become('epic');
      await written();
      expect((await listed('1003'))[0]).toMatchObject({ state: 'kept', fault: 'fhir.restricted' });
      expect(await items()).toEqual([{ reason: 'record-restricted', state: 'open' }]);

      await restricted('null');
      await become('epic');
      await written();
      expect((await listed('1003'))[0]).toMatchObject({ state: 'written', fault: null });
      expect(await items()).toEqual([{ reason: 'record-restricted', state: 'resolved' }]);
    });

    it('are not kept when they are unsound, or about nobody of this EHR', async () => {
      const unsound = aWrite('Observation', '1001', { effectiveDateTime: '2026-03-10T09:32:00' });
      await expect(put(unsound)).rejects.toMatchObject({ code: 'fhir.unsound' });
      for (const subject of [{ reference: 'https://elsewhere.example/fhir/Patient/1' }, undefined])
        await expect(put(aWrite('Observation', '1001', { subject }))).rejects.toMatchObject({
          code: 'fhir.reference',
        });
    });

    it('are destroyed with their patient, and nothing of them is written any more', async () => {
      await put(aWrite('DocumentReference', '1004', { docStatus: undefined, content: OPAQUE }));
      await become('oracle');
      await written();
      await become('athena');
      await put(aWrite('Observation', '1004'));
      await put(aWrite('Observation', '1001'));
      const patient = uuidFromPublicId('pat', patients.get('1004')!)!;
      const privacy = get(PrivacyFacade);
      const erasure = await privacy.requestErasure(ctx, {
        patient,
        reason: 'patient-request',
        requestedBy: 'desk',
      });
      expect((await ask(path('1004', 'kept-resources'))).status).toBe(404);
      const before = (await at('Observation')).length;
      await become('epic');
      await written();
      expect(await at('Observation')).toHaveLength(before + 1);

      const loops = get(Loops) as unknown as {
        entries: Map<string, { claim(ctx: Context): Promise<number> }>;
      };
      while ((await loops.entries.get('privacy.erase')!.claim(ctx)) > 0);
      const { state, answers } = await privacy.erasureOf(ctx, erasure);
      expect(state).toBe('completed');
      expect(answers.find(({ holder }) => holder === 'fhir')!.counts).toEqual({ kept_resources: 2 });
      expect(await rows(`select 1 from fhir.kept where patient_id = '${patient}'`)).toEqual([]);
      const items = `select state, resolution from worklist.work_item where kind = 'kept-resource'`;
      expect(await rows(items)).toEqual([{ state: 'resolved', resolution: 'erased' }]);
    });
  });

  it('is also what the EHR’s Consent says against messages, where it lets us read that', async () => {
    const patient = uuidFromPublicId('pat', patients.get('1003')!)!;
    const denied = () =>
      rows<{ purpose: string }>(
        `select purpose from consent.ehr_deny where patient_id = '${patient}' order by purpose`,
      );
    const look = async (): Promise<void> => {
      await get(Probe).run(ctx, connectionId);
      await rows('delete from consent.ehr_check');
      await get(EhrDenies).freshen(ctx, patient);
    };
    await ehr.put('st-marys', {
      resourceType: 'Consent',
      id: 'against-messages',
      status: 'active',
      scope: { coding: [{ code: 'patient-privacy' }] },
      category: [{ text: 'Messages' }],
      patient: { reference: 'Patient/1003' },
      provision: { type: 'deny' },
    } as Consent);
    // athenahealth has no Consent.
    await ehr.become('st-marys', 'athena-like');
    await look();
    expect(await denied()).toEqual([]);

    await ehr.become('st-marys', 'epic-like');
    await look();
    const said = await denied();
    expect(said.map(({ purpose }) => purpose)).toContain('appointment-reminders');

    // What can no longer be read lifts nothing: neither a type that is gone nor a search that is refused.
    await ehr.become('st-marys', 'athena-like');
    await look();
    expect(await denied()).toEqual(said);

    // Not with Epic's code for break-the-glass, after which nothing is asked any more.
    await ehr.become('st-marys', 'open');
    await ehr.fault({ name: 'forbidden', match: { resourceType: 'Consent' } });
    await look();
    expect(await denied()).toEqual(said);
    await ehr.clearFaults();

    // Consent is read again, and takes it back.
    await ehr.merge('st-marys', 'Consent', 'against-messages', { status: 'inactive' });
    await look();
    expect(await denied()).toEqual([]);
    await ehr.become('st-marys', 'athena-like');
  });

  describe('care teams', () => {
    const teamsOf = (fhirId: string) => ask<Teams>(path(fhirId, 'care-teams'));
    const searches = async () =>
      (await ehr.history()).filter(({ resourceType }) => resourceType === 'CareTeam').length;

    it('are read from the EHR when somebody asks, and once a day', async () => {
      expect(await searches()).toBe(0);
      const [first, second] = [await teamsOf('1001'), await teamsOf('1001')];
      expect(first).toMatchObject({
        offered: true,
        as_of: expect.any(String) as string,
        data: [{ reference: 'CareTeam/801' }],
      });
      const there = (await ehr.all<CareTeam>('st-marys', 'CareTeam')).find(({ id }) => id === '801')!;
      expect(first.data[0]!.members.map(({ reference }) => reference)).toEqual(
        there.participant!.map(({ member }) => member!.reference),
      );
      expect(second).toEqual(first);
      expect([await searches(), await audited('patient.care-teams-read')]).toEqual([1, 2]);
      expect(
        await rows(`select 1 from patients.care_teams where position('Practitioner'::bytea in sealed) > 0`),
      ).toEqual([]);
    });

    it('change here after a day, and stay as they were while the EHR does not let us look', async () => {
      const { as_of: before } = await teamsOf('1001');
      await ehr.merge('st-marys', 'CareTeam', '801', { status: 'inactive' });
      await setClock(test.database, new Date(BEGIN.getTime() + 2 * DAY_MS));
      await ehr.fault({ name: 'forbidden', match: { resourceType: 'CareTeam' } });
      const kept = await teamsOf('1001');
      expect([kept.as_of, kept.data.length]).toEqual([before, 1]);
      await ehr.clearFaults();

      const changed = await teamsOf('1001');
      expect([changed.as_of! > before!, changed.data]).toEqual([true, []]);
    });

    it('are those of the patient alone', async () => {
      expect((await teamsOf('1002')).data.map(({ reference }) => reference)).toEqual(['CareTeam/802']);
    });

    it('are not asked for where the EHR offers none', async () => {
      const before = await searches();
      await rows(
        `update fhir.connection
            set capabilities = jsonb_set(capabilities, '{reads}', (capabilities->'reads') - 'CareTeam')`,
      );
      expect(await teamsOf('1003')).toMatchObject({ offered: false, data: [] });
      expect(await searches()).toBe(before);
    });

    it('of an erased patient are gone', async () => {
      const patient = uuidFromPublicId('pat', patients.get('1002')!)!;
      const own = () => rows(`select 1 from patients.care_teams where patient_id = '${patient}'`);
      expect(await own()).toHaveLength(1);
      await get(PrivacyFacade).requestErasure(ctx, {
        patient,
        reason: 'patient-request',
        requestedBy: 'desk',
      });
      expect((await teamsOf('1002')).status).toBe(404);
      const loops = get(Loops) as unknown as {
        entries: Map<string, { claim(ctx: Context): Promise<number> }>;
      };
      while ((await loops.entries.get('privacy.erase')!.claim(ctx)) > 0);
      expect(await own()).toEqual([]);
    });
  });
});

const OPAQUE = [{ attachment: { contentType: 'application/jose', data: 'QQ==' } }];
