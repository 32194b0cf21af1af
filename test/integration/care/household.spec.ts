import type { Communication } from 'fhir/r4.js';
import { identifierOf, tokenOf } from '../../../src/care/summaries/domain/identifier.js';
import { ConsentFacade } from '../../../src/exchange/consent/index.js';
import { FhirFacade } from '../../../src/exchange/fhir/index.js';
import { PatientsFacade } from '../../../src/exchange/patients/index.js';
import { OrganizationsFacade } from '../../../src/foundation/organizations/index.js';
import { PrivacyFacade } from '../../../src/foundation/privacy/index.js';
import { VaultFacade, type KeySubject } from '../../../src/foundation/vault/index.js';
import { systemContext, type Context } from '../../../src/platform/context/context.js';
import { Fence, fenceKey } from '../../../src/platform/database/fence.js';
import { newId, uuidFromPublicId, type Uuid } from '../../../src/platform/ids/ids.js';
import { call } from '../../../src/sandbox/run/http.js';
import { BEGINNING } from '../../../src/sandbox/run/sandbox.js';
import { sentTo } from '../../../src/sandbox/story/records.js';
import type { Hospital } from '../../../src/sandbox/story/story.js';
import { startWorld, type World } from '../../support/world.js';
import { rowsOf } from '../exchange/fhir/database.js';

const RULES = [
  { key: 'three-days', before: 'P3D', template: 'appointment_reminder' },
  { key: 'one-day', before: 'P1D', template: 'appointment_reminder' },
];
const NUMBER = '12125550170';
const HOUR_MS = 3_600_000;

/** Given names that no other text of the sandbox has. */
const MEMBERS = { hha: 'Zubeida', hhb: 'Yolotzin', hhc: 'Xiomara', hhd: 'Wulfric' } as const;
type Member = keyof typeof MEMBERS;
const words = (member: Member): string => `These are the words of ${MEMBERS[member]}`;
const answer = (member: Member): string => `This is for ${MEMBERS[member]} alone`;

interface Shown {
  id: string;
  patient: string | null;
  state: string;
  close_reason: string | null;
}

const HOUSEHOLD = `any($1::uuid[])`;
/** Everything sealed that may be about the household: table, which rows, columns. */
const SEALED = [
  ['patients.patient', `id = ${HOUSEHOLD}`, 'names_sealed', 'birth_date_sealed'],
  ['patients.address', `id = ${HOUSEHOLD}`, 'number_sealed', 'user_id_sealed'],
  [
    'consent.change',
    `consent_id in (select id from consent.consent where address_id = ${HOUSEHOLD})`,
    'evidence_sealed',
    'other_channel_sealed',
  ],
  ['consent.withdrawal', `address_id = ${HOUSEHOLD}`, 'evidence_sealed'],
  ['messaging.message', `address_id = ${HOUSEHOLD}`, 'content_sealed', 'wamid_sealed'],
  ['messaging.received', `address_id = ${HOUSEHOLD}`, 'content_sealed'],
  ['messaging.inbox', `change_sealed <> '' or id = ${HOUSEHOLD}`, 'change_sealed'],
  ['conversations.note', `conversation_id is not null or id = ${HOUSEHOLD}`, 'text_sealed'],
] as const;

describe('a household of four on one telephone', () => {
  let world: World;
  let hospital: Hospital;
  let ctx: Context;
  let vault: VaultFacade;
  let privacy: PrivacyFacade;
  const ids = {} as Record<Member, string>;
  let addressId: string;

  const get = <T>(token: new (...args: never[]) => T): T => world.app.get(token as never, { strict: false });
  const ehr = (method: 'PUT' | 'PATCH', path: string, body: object): Promise<unknown> =>
    call(world.sandbox.ehr, `/control/hospitals/st-marys/${path}`, { method, body });
  const uuid = (member: Member): Uuid => uuidFromPublicId('pat', ids[member])!;
  const ahead = (hours: number): string => new Date(Date.parse(BEGINNING) + hours * HOUR_MS).toISOString();
  const connection = async () => (await hospital.product.all<{ id: string }>('/v1/ehr-connections'))[0]!.id;
  const rows = <R>(text: string, parameters: unknown[] = []): Promise<R[]> =>
    rowsOf<R>(world.database, text, parameters);

  async function sync(): Promise<void> {
    await hospital.product.post(`/v1/ehr-connections/${await connection()}/sync`);
    await world.story.settle();
  }
  const patient = (id: string, given: string, number = NUMBER) =>
    ehr('PUT', `Patient/${id}`, {
      resourceType: 'Patient',
      id,
      active: true,
      name: [{ family: given, given: [given] }],
      birthDate: '1970-01-01',
      telecom: [{ system: 'phone', use: 'mobile', value: `+${number}` }],
    });
  const visit = (id: string, who: string, hours: number) =>
    ehr('PUT', `Appointment/${id}`, {
      resourceType: 'Appointment',
      id,
      status: 'booked',
      start: ahead(hours),
      end: ahead(hours + 0.5),
      participant: [{ actor: { reference: `Patient/${who}` }, status: 'needs-action' }],
    });
  const agree = async (id: string): Promise<void> => {
    await hospital.product.post('/v1/consents', {
      patient: `Patient/${id}`,
      ehr_connection: await connection(),
      purposes: ['appointment-reminders', 'care-conversation'],
      method: 'paper',
      wording_version: '1',
      evidence: { note: `Signed by ${MEMBERS[id as Member] ?? id}` },
      recorded_at: BEGINNING,
      other_channel: 'phone',
    });
  };
  const patientOf = async (id: string) =>
    (
      await hospital.product.all<{ id: string }>(
        `/v1/patients?ehr_connection=${await connection()}&reference=Patient/${id}`,
      )
    )[0]?.id;
  const statesOfConsents = async (member: Member) =>
    (await hospital.product.all<{ status: string }>(`/v1/consents?patient=${ids[member]}`)).map(
      ({ status }) => status,
    );
  const conversationsOf = (member: Member) =>
    hospital.product.all<Shown>(`/v1/conversations?patient=${ids[member]}`);
  const textsOf = async (conversation: string) =>
    (await hospital.product.all<{ text: string }>(`/v1/conversations/${conversation}/messages`)).map(
      ({ text }) => text,
    );
  const heard = async () => (await sentTo(world.story, hospital, NUMBER)).map(({ text = '' }) => text);
  const told = async (member: Member) => (await heard()).filter((text) => text.includes(MEMBERS[member]));

  /** A member taps the button of the own reminder, says something, and is answered. */
  async function talk(member: Member): Promise<string> {
    const reminder = (await sentTo(world.story, hospital, NUMBER)).find(
      ({ type, text = '' }) => type === 'template' && text.includes(MEMBERS[member]),
    )!;
    await world.story.whatsapp(`contacts/${NUMBER}/tap`, {
      phone_number_id: hospital.phoneNumberId,
      wamid: reminder.wamid,
      index: 0,
    });
    await world.story.settle();
    await world.story.whatsapp(`contacts/${NUMBER}/say`, {
      phone_number_id: hospital.phoneNumberId,
      text: words(member),
    });
    await world.story.settle();
    const open = (await conversationsOf(member)).find(({ state }) => state === 'open')!;
    await hospital.product.post(`/v1/conversations/${open.id}/messages`, { text: answer(member) });
    await hospital.product.post(`/v1/conversations/${open.id}/notes`, {
      text: `A note on ${MEMBERS[member]}`,
    });
    await world.story.settle();
    return open.id;
  }

  /** All that can be read of the database with the keyring, whoever's key it takes. */
  async function readable(): Promise<string> {
    const subjects: KeySubject[] = [
      { kind: 'organization' },
      ...(Object.keys(MEMBERS) as Member[]).map((member) => ({ kind: 'patient' as const, id: uuid(member) })),
      { kind: 'contact', id: addressId },
    ];
    const texts: string[] = [];
    const household = [...(Object.keys(MEMBERS) as Member[]).map(uuid), addressId];
    for (const [table, where, ...columns] of SEALED) {
      const found = await rows<Record<string, Buffer | null> & { id: string }>(
        `select * from ${table} where ${where}`,
        [household],
      );
      for (const row of found) {
        for (const column of columns) {
          const sealed = row[column];
          if (!sealed || sealed.length === 0) continue;
          texts.push(...(await opened(subjects, { table, column, row: row.id }, sealed)));
        }
      }
    }
    for (const { id, record_sealed: record } of await rows<{ id: string; record_sealed: Buffer | null }>(
      'select id, record_sealed from summaries.summary',
    )) {
      for (const subject of subjects) {
        if (!record || subject.kind !== 'patient') continue;
        const open = vault.openRecord(ctx, subject.id, record.toString(), tokenOf(identifierOf(id)));
        texts.push(...(await open.then((content) => [Buffer.from(content).toString()]).catch(() => [])));
      }
    }
    return texts.join('\n');
  }
  async function opened(
    subjects: KeySubject[],
    place: { table: string; column: string; row: string },
    sealed: Buffer,
  ): Promise<string[]> {
    for (const subject of subjects) {
      const text = await vault.openText(ctx, subject, place, sealed).catch(() => null);
      if (text !== null) return [text];
    }
    return [];
  }
  const erase = async (member: Member): Promise<Uuid> => {
    const request = { patient: uuid(member), reason: 'patient-request', requestedBy: 'desk-1' };
    return privacy.requestErasure(ctx, request);
  };
  const contactKeyStands = async (): Promise<boolean> => {
    const found = await rows<{ destroyed_at: Date | null }>(
      `select destroyed_at from vault.data_key where subject_kind = 'contact' and subject_id = $1`,
      [addressId],
    );
    return found.every(({ destroyed_at }) => destroyed_at === null);
  };

  beforeAll(async () => {
    world = await startWorld(1, RULES);
    hospital = world.story.hospitals.find(({ slug }) => slug === 'st-marys')!;
    const all = await get(OrganizationsFacade).all();
    ctx = systemContext(all.find(({ slug }) => slug === 'st-marys')!.id, 'test');
    vault = get(VaultFacade);
    privacy = get(PrivacyFacade);
    for (const [index, [id, given]] of Object.entries(MEMBERS).entries()) {
      await patient(id, given);
      await visit(`${id}-visit`, id, 73 + index);
    }
    await sync();
    for (const member of Object.keys(MEMBERS) as Member[]) {
      await agree(member);
      ids[member] = (await patientOf(member))!;
    }
    const [address] = await get(PatientsFacade).addressesOf(ctx, uuid('hha'));
    addressId = address!.id;
    await world.story.pass('PT3H', 2);
  });
  afterAll(() => world.close());

  it('is told of the visits of each', async () => {
    for (const member of Object.keys(MEMBERS) as Member[]) expect(await told(member)).toHaveLength(1);
  });

  describe('when one member’s record is merged with another of the same person', () => {
    beforeAll(async () => {
      await patient('hhd2', MEMBERS.hhd);
      await visit('hhd2-visit', 'hhd2', 40);
      await sync();
      await agree('hhd2');
      await talk('hhd');
      await talk('hhc');
    });

    it('has that member’s conversations and visits under the survivor, and all others as they were', async () => {
      const others = [await conversationsOf('hhc'), await conversationsOf('hha')];
      const joined = { active: false, link: [{ type: 'replaced-by', other: { reference: 'Patient/hhd2' } }] };
      await ehr('PATCH', 'Patient/hhd', joined);
      await sync();

      const survivor = await patientOf('hhd');
      expect(survivor).toBe(await patientOf('hhd2'));
      const theirs = await hospital.product.all<Shown>(`/v1/conversations?patient=${survivor}`);
      expect(theirs.map(({ patient: shown }) => shown)).toEqual([survivor]);
      expect(await textsOf(theirs[0]!.id)).toEqual(expect.arrayContaining([words('hhd'), answer('hhd')]));
      const visits = await hospital.product.all<{ reference: string; patient: string }>(
        `/v1/appointments?patient=${survivor}`,
      );
      expect(visits.map(({ reference }) => reference).sort()).toEqual(
        ['Appointment/hhd-visit', 'Appointment/hhd2-visit'].sort(),
      );
      expect([await conversationsOf('hhc'), await conversationsOf('hha')]).toEqual(others);
      expect(await textsOf(others[0]![0]!.id)).toEqual(expect.arrayContaining([words('hhc'), answer('hhc')]));
      // What another member of the household says and is told meanwhile is theirs alone.
      expect(await talk('hhc')).toBe(others[0]![0]!.id);
      expect((await textsOf(others[0]![0]!.id)).filter((text) => text === words('hhc'))).toHaveLength(2);
      expect((await textsOf(theirs[0]!.id)).filter((text) => /Xiomara|Zubeida|Yolotzin/.test(text))).toEqual(
        [],
      );
      const read = await readable();
      for (const member of ['hhc', 'hhd'] as const)
        for (const text of [words(member), answer(member), `A note on ${MEMBERS[member]}`])
          expect(read).toContain(text);
      for (const member of ['hha', 'hhb', 'hhc'] as const)
        expect([member, await statesOfConsents(member)]).toEqual([member, ['active', 'active']]);
      const summaries = await hospital.product.all<{ patient: string }>(`/v1/summaries?patient=${survivor}`);
      expect(summaries.map(({ patient: shown }) => shown)).toEqual([survivor]);

      await ehr('PATCH', 'Patient/hhd', { active: true, link: null });
      await sync();
      // One telephone is written to only so often.
      await world.story.pass('PT5M', 1);
      expect((await conversationsOf('hhd')).map(({ id }) => id)).toEqual(theirs.map(({ id }) => id));
      expect(await textsOf(theirs[0]!.id)).toEqual(expect.arrayContaining([words('hhd'), answer('hhd')]));
      expect((await conversationsOf('hhc')).map(({ id }) => id)).toEqual(others[0]!.map(({ id }) => id));
      expect(await hospital.product.all(`/v1/conversations?patient=${survivor}`)).toEqual([]);
      const own = await hospital.product.all<{ reference: string }>(`/v1/appointments?patient=${ids.hhd}`);
      expect(own.map(({ reference }) => reference)).toEqual(['Appointment/hhd-visit']);
    });
  });

  describe('when one member is erased', () => {
    let theirs: string;
    let others: string;
    let before: string[];

    let unnamed: string;

    /** A report of a night that tells of a visit of each: of hers as planned here, and as the EHR alone has it. */
    async function reportDrift(): Promise<void> {
      const report = newId();
      const connectionId = uuidFromPublicId('ehr', await connection())!;
      await rows(
        `insert into scheduling.drift_report
           (organization_id, id, connection_id, starts_from, starts_until, state, begun_at, ended_at)
         values ($1, $2, $3, platform.now(), platform.now(), 'complete', platform.now(), platform.now())`,
        [ctx.organizationId, report, connectionId],
      );
      const visits = await rows<{ id: Uuid; reference: string }>(
        `select id, 'Appointment/' || fhir_id as reference from scheduling.appointment
          where fhir_id in ('hha-visit', 'hhb-visit') order by fhir_id`,
      );
      const [hers, other] = visits as [(typeof visits)[0], (typeof visits)[0]];
      const told = [
        [hers.reference, hers.id],
        [hers.reference, null],
        [other.reference, other.id],
        [other.reference, null],
      ];
      for (const [position, [reference, appointmentId]] of told.entries())
        await rows(
          `insert into scheduling.drift_difference
             (organization_id, report_id, position, kind, day, reference, appointment_id)
           values ($1, $2, $3, 'missing-here', '2027-01-01', $4, $5)`,
          [ctx.organizationId, report, position, reference, appointmentId],
        );
    }
    const differences = async () =>
      (
        await rows<{ reference: string }>(
          `select reference from scheduling.drift_difference
            where reference in ('Appointment/hha-visit', 'Appointment/hhb-visit')`,
        )
      ).map(({ reference }) => reference);

    /** What the EHR holds of the conversations of these, as the stand-in counts it. */
    const inEhr = async (members: readonly Member[]): Promise<Communication[]> => {
      const all = await call<Communication[]>(world.sandbox.ehr, '/control/hospitals/st-marys/Communication');
      const subjects = members.map((member) => `Patient/${member}`);
      return all.filter(({ subject }) => subjects.includes(subject?.reference ?? ''));
    };

    /** Somebody writes and is answered; only then does a person find out who it was. */
    async function talkUnnamed(): Promise<string> {
      const open = await hospital.product.all<Shown>('/v1/conversations?state=open');
      for (const { id } of open) await hospital.product.post(`/v1/conversations/${id}/close`);
      await world.story.whatsapp(`contacts/${NUMBER}/say`, {
        phone_number_id: hospital.phoneNumberId,
        text: 'Somebody says this',
      });
      await world.story.settle();
      const [begun] = (await hospital.product.all<Shown>('/v1/conversations?state=open')).filter(
        ({ patient: shown }) => shown === null,
      );
      const text = `Is this ${MEMBERS.hha}?`;
      await hospital.product.post(`/v1/conversations/${begun!.id}/messages`, { text });
      await hospital.product.post(`/v1/conversations/${begun!.id}/notes`, { text: `Perhaps ${MEMBERS.hha}` });
      await world.story.settle();
      await hospital.product.post(`/v1/conversations/${begun!.id}/assign`, { patient: ids.hha });
      await hospital.product.post(`/v1/conversations/${begun!.id}/close`);
      await world.story.settle();
      return begun!.id;
    }

    beforeAll(async () => {
      unnamed = await talkUnnamed();
      theirs = await talk('hha');
      others = await talk('hhb');
      await hospital.product.post(`/v1/conversations/${theirs}/close`).catch(() => undefined);
      await world.story.settle();
      const all = await readable();
      for (const text of [
        words('hha'),
        answer('hha'),
        `A note on ${MEMBERS.hha}`,
        `Signed by ${MEMBERS.hha}`,
        `Is this ${MEMBERS.hha}?`,
        `Perhaps ${MEMBERS.hha}`,
      ])
        expect(all).toContain(text);
      await reportDrift();
      before = await heard();
    });

    it('is nobody any door knows, from the request on, and nothing planned is left', async () => {
      const written = await inEhr(['hha']);
      expect(new Set(written.map(({ status }) => status))).toEqual(new Set(['completed']));
      await erase('hha');
      const planned = await rows(
        `select s.state from scheduling.step s join scheduling.appointment a on a.id = s.appointment_id
          where a.patient_id = $1 and s.state = 'planned'`,
        [uuid('hha')],
      );
      const waiting = await rows(
        `select state from messaging.message where patient_id = $1 and state in ('ready', 'claimed')`,
        [uuid('hha')],
      );
      expect([planned, waiting]).toEqual([[], []]);
      expect(await patientOf('hha')).toBeUndefined();
      await world.story.settle();
      await expect(hospital.product.get(`/v1/patients/${ids.hha}`)).rejects.toMatchObject({ status: 404 });
      expect(await textsOf(theirs)).toEqual([]);
      expect(await textsOf(unnamed)).toEqual([]);
      expect(await hospital.product.all(`/v1/conversations/${theirs}/notes`)).toEqual([]);
      expect(await hospital.product.all(`/v1/appointments?patient=${ids.hha}`)).toEqual([]);
      expect(await differences()).toEqual(['Appointment/hhb-visit', 'Appointment/hhb-visit']);
      const summaries = await hospital.product.all<{ id: string }>(`/v1/summaries?patient=${ids.hha}`);
      for (const { id } of summaries)
        await expect(hospital.product.post(`/v1/summaries/${id}/open`)).rejects.toMatchObject({
          code: expect.stringMatching(/^(summary|vault)\./),
        });
    });

    it('has nothing left to read in the EHR, whoever has which key, and the others have theirs', async () => {
      const theirs = await inEhr(['hha']);
      expect(theirs.length).toBeGreaterThan(0);
      for (const { status, payload, text } of theirs)
        expect([status, payload, text]).toEqual(['entered-in-error', undefined, undefined]);
      for (const { status, payload } of await inEhr(['hhb', 'hhc', 'hhd', 'hhd2' as Member]))
        expect([status, payload?.length]).toEqual(['completed', 2]);
    });

    it('has left proof that what was agreed to ended, and nothing that shows it', async () => {
      const consents = await hospital.product.all<{ id: string; status: string }>(
        `/v1/consents?patient=${ids.hha}`,
      );
      expect(consents.map(({ status }) => status)).toEqual(['inactive', 'inactive']);
      const detail = await hospital.product.get<{ history: { status: string; evidence: unknown }[] }>(
        `/v1/consents/${consents[0]!.id}`,
      );
      expect(detail.history.map(({ status, evidence }) => [status, evidence])).toEqual([
        ['active', null],
        ['inactive', null],
      ]);
    });

    it('cannot be read in any row with the keyring, and the others can', async () => {
      const all = await readable();
      expect(all.includes(MEMBERS.hha)).toBe(false);
      for (const member of ['hhb', 'hhc', 'hhd'] as const) {
        expect(all).toContain(words(member));
        expect(all).toContain(answer(member));
        expect(all).toContain(`A note on ${MEMBERS[member]}`);
        expect(all).toContain(`Signed by ${MEMBERS[member]}`);
      }
      expect(await contactKeyStands()).toBe(true);
    });

    it('leaves the others’ conversations open, readable and right, and their reminders coming', async () => {
      expect((await conversationsOf('hhb')).map(({ id, state }) => [id, state])).toEqual([[others, 'open']]);
      expect(await textsOf(others)).toEqual(expect.arrayContaining([words('hhb'), answer('hhb')]));
      await hospital.product.post(`/v1/conversations/${others}/messages`, { text: 'One more answer' });
      await world.story.settle();
      expect(await heard()).toContain('One more answer');
      for (const member of ['hhb', 'hhc', 'hhd'] as const)
        expect([member, await statesOfConsents(member)]).toEqual([member, ['active', 'active']]);
      for (const member of ['hhc', 'hhd'] as const) {
        const [theirOwn] = await conversationsOf(member);
        const texts = await textsOf(theirOwn!.id);
        expect(texts).toEqual(expect.arrayContaining([words(member), answer(member)]));
        const foreign = Object.values(MEMBERS).filter((given) => given !== MEMBERS[member]);
        expect(texts.filter((text) => foreign.some((given) => text.includes(given)))).toEqual([]);
      }
      await world.story.pass('PT6H', 9);
      for (const member of ['hhc', 'hhd'] as const) expect(await told(member)).not.toHaveLength(1);
      const since = (await heard()).slice(before.length);
      expect(since.filter((text) => text.includes(MEMBERS.hha))).toEqual([]);
    });

    it('is not brought back by the EHR, and what the household says next is not theirs', async () => {
      await ehr('PATCH', 'Patient/hha', { birthDate: '1970-01-02' });
      await visit('hha-again', 'hha', 200);
      await sync();
      expect(await patientOf('hha')).toBeUndefined();
      expect(
        await rows(`select 1 from scheduling.appointment where patient_reference = 'Patient/hha'`),
      ).toEqual([]);
      await expect(agree('hha')).rejects.toMatchObject({ code: 'consent.unknown-patient' });
      await world.story.whatsapp(`contacts/${NUMBER}/say`, {
        phone_number_id: hospital.phoneNumberId,
        text: 'Who is there?',
      });
      await world.story.settle();
      const all = await hospital.product.all<Shown>('/v1/conversations?state=open');
      expect(all.filter(({ patient: shown }) => shown === ids.hha)).toEqual([]);
    });

    it('stops a record that the EHR joins to the erased one later, and only a person has that erased too', async () => {
      const joined = { link: [{ type: 'replaced-by', other: { reference: 'Patient/hha' } }] };
      await patient('hhe', 'Vasilisa', '12125550171');
      await visit('hhe-visit', 'hhe', 300);
      await sync();
      await agree('hhe');
      const known = uuidFromPublicId('pat', (await patientOf('hhe'))!)!;
      const address = (await get(PatientsFacade).addressesOf(ctx, known))[0]!.id;
      const content = async () =>
        (
          await rows<{ id: Uuid; sealed: number; links: number; visits: string[] }>(
            `select p.id, length(p.names_sealed) as sealed,
                    (select count(*)::int from patients.link l where l.patient_id = p.id) as links,
                    array(select a.fhir_id from scheduling.appointment a
                           where a.patient_reference = 'Patient/' || p.fhir_id and a.present order by 1) as visits
               from patients.patient p where p.fhir_id in ('hhe', 'hhf', 'hhg') order by p.fhir_id`,
          )
        ).map(({ sealed, ...row }) => ({ ...row, sealed: sealed > 0 }));
      const asked = () =>
        rows<{ kind: string; resolution: string | null }>(
          `select kind, resolution from worklist.work_item
            where subject_id = $1 and kind like 'patient-merged%' order by raised_at, id`,
          [known],
        );
      const reach = () => get(PatientsFacade).addressesOf(ctx, known);
      const mayHear = async () => {
        const purpose = 'appointment-reminders' as const;
        const request = { patientId: known, addressId: address, purpose };
        return (await get(ConsentFacade).mayMessage(ctx, request)).allowed;
      };
      const whole = [{ id: known, links: 1, sealed: true, visits: ['hhe-visit'] }];
      expect([await content(), await mayHear(), await asked()]).toEqual([whole, true, []]);

      await ehr('PATCH', 'Patient/hhe', joined);
      // One that nobody knew is not even stored, nor is what is joined to it, nor their visits.
      await patient('hhf', 'Vasilisa', '12125550172');
      await ehr('PATCH', 'Patient/hhf', joined);
      await visit('hhf-visit', 'hhf', 310);
      await sync();
      await patient('hhg', 'Vasilisa', '12125550173');
      await ehr('PATCH', 'Patient/hhg', {
        link: [{ type: 'replaced-by', other: { reference: 'Patient/hhf' } }],
      });
      await ehr('PATCH', 'Patient/hhe', { birthDate: '1970-01-03' });
      await ehr('PATCH', 'Patient/hhf', { birthDate: '1970-01-03' });
      await visit('hhe-visit', 'hhe', 301);
      await visit('hhe-again', 'hhe', 320);
      await visit('hhg-visit', 'hhg', 330);
      await sync();
      const question = { kind: 'patient-merged-into-erased', resolution: null };
      expect([await content(), await mayHear(), await asked()]).toEqual([whole, false, [question]]);
      // Not by a confirmation of numbers either.
      await rows(`update patients.alias set confirmed_at = platform.now() where merged_fhir_id = 'hhe'`);
      expect([await reach(), await mayHear()]).toEqual([[], false]);
      expect(await get(PatientsFacade).linked(ctx, [{ patientId: known, addressId: address }])).toEqual([
        'none',
      ]);
      expect(
        await rows(`select 1 from scheduling.appointment where fhir_id in ('hhf-visit', 'hhg-visit')`),
      ).toEqual([]);
      expect(await patientOf('hhf')).toBeUndefined();

      // Whoever was joined by mistake is somebody again, whether or not they were known.
      await ehr('PATCH', 'Patient/hhe', { link: null });
      await ehr('PATCH', 'Patient/hhf', { link: null });
      await sync();
      expect(await patientOf('hhf')).toBeDefined();
      expect((await content())[0]).toEqual(whole[0]);
      expect([await mayHear(), await asked()]).toEqual([
        true,
        [{ ...question, resolution: 'parted-in-ehr' }],
      ]);

      // Joined again, and staff ask for it: of each record by itself.
      await patient('hhj', 'Vasilisa', '12125550175');
      await visit('hhj-visit', 'hhj', 340);
      await sync();
      await ehr('PATCH', 'Patient/hhe', joined);
      await ehr('PATCH', 'Patient/hhj', joined);
      await sync();
      await privacy.requestErasure(ctx, { patient: known, reason: 'patient-request', requestedBy: 'desk-1' });
      await world.story.settle();
      expect((await content())[0]).toEqual({ id: known, links: 0, sealed: false, visits: [] });
      expect((await asked()).at(-1)).toEqual({ ...question, resolution: 'erased' });
      await ehr('PATCH', 'Patient/hhe', { link: null });
      await ehr('PATCH', 'Patient/hhj', { link: null });
      await sync();
      expect(await patientOf('hhe')).toBeUndefined();
      expect(
        (await get(PatientsFacade).addressesOf(ctx, uuidFromPublicId('pat', (await patientOf('hhj'))!)!))
          .length,
      ).toBe(1);
    });

    it('at the moment of a death and of a consent leaves none of them waiting for another', async () => {
      await patient('hhi', 'Urraca', '12125550174');
      await visit('hhi-visit', 'hhi', 400);
      await sync();
      await agree('hhi');
      const id = uuidFromPublicId('pat', (await patientOf('hhi'))!)!;
      const [address] = await get(PatientsFacade).addressesOf(ctx, id);
      const connectionId = uuidFromPublicId('ehr', await connection())!;
      await ehr('PATCH', 'Patient/hhi', { deceasedBoolean: true });

      const waiting = async (count: number): Promise<void> => {
        const text = `select count(*)::int as n from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        for (let tries = 0; (await rows<{ n: number }>(text))[0]!.n < count; tries++) {
          if (tries > 200) throw new Error('nobody waits');
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      const passage = await get(Fence).pass([fenceKey(ctx.organizationId, 'address', address!.id)]);
      const request = { patient: id, reason: 'patient-request', requestedBy: 'desk-1' };
      const consent = {
        patient: 'Patient/hhi',
        ehrConnection: 'main',
        purposes: ['appointment-reminders'],
        method: 'paper',
        wordingVersion: '1',
        evidence: {},
        recordedAt: new Date(BEGINNING),
      } as const;
      const works = [privacy.requestErasure(ctx, request)];
      await waiting(1);
      works.push(
        get(FhirFacade)
          .read(ctx, connectionId, 'Patient/hhi')
          .then(({ state }) => state),
      );
      await waiting(2);
      works.push(
        get(ConsentFacade)
          .grant(ctx, consent)
          .then(() => 'granted'),
      );
      await waiting(3);
      await passage.end();
      const [erased, died, agreed] = await Promise.allSettled(works);
      expect([erased!.status, died]).toEqual(['fulfilled', { status: 'fulfilled', value: 'current' }]);
      expect(agreed).toMatchObject({ status: 'rejected', reason: { code: 'consent.unknown-patient' } });
      await world.story.settle();
      expect(await patientOf('hhi')).toBeUndefined();
      expect(
        await rows(
          `select 1 from patients.link where patient_id = $1 union all
          select 1 from consent.consent where patient_id = $1 and status = 'active'`,
          [id],
        ),
      ).toEqual([]);
    });

    it('takes the telephone’s key along when nobody is left on it', async () => {
      await erase('hhb');
      await erase('hhc');
      await erase('hhd');
      await world.story.settle();
      // The second record of the last member is still there.
      expect(await contactKeyStands()).toBe(true);
      const last = uuidFromPublicId('pat', (await patientOf('hhd2'))!)!;
      await privacy.requestErasure(ctx, { patient: last, reason: 'patient-request', requestedBy: 'desk-1' });
      await world.story.settle();
      expect(await contactKeyStands()).toBe(false);
      expect(await rows('select 1 from patients.address where id = $1', [addressId])).toEqual([]);
      const all = await readable();
      for (const given of Object.values(MEMBERS)) expect(all.includes(given)).toBe(false);
      expect(all.includes(NUMBER)).toBe(false);
    });
  });
});
