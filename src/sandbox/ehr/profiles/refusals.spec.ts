import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';
import { bundleOf, type FhirAnswer, openTestEhr, rowsOf, type TestEhr } from '../ehr-client.fake.js';
import { type ProfileName, profiles } from './index.js';
import type { RowName } from './rows.js';

type Vendor = Exclude<ProfileName, 'narrow'>;

const vendors: Vendor[] = ['open', 'hapi-like', 'epic-like', 'oracle-like', 'athena-like', 'healthlake-like'];
const base = 'st-marys/fhir';

/** What each vendor offers, from the reference and not from the profiles: an interaction that is not here is refused. */
const letters = { r: 'read', s: 'search', c: 'create', u: 'update', p: 'patch', d: 'delete' } as const;
type Letter = keyof typeof letters;
const types = [
  ...['Patient', 'Practitioner', 'Location', 'RelatedPerson', 'PractitionerRole', 'HealthcareService'],
  ...['Appointment', 'AppointmentResponse', 'Schedule', 'Slot', 'CareTeam', 'Communication', 'Consent'],
  ...[
    'DocumentReference',
    'Observation',
    'QuestionnaireResponse',
    'Provenance',
    'Binary',
    'AuditEvent',
    'Task',
    'Subscription',
  ],
];
const store = { usual: 'rscupd', Binary: 'r', AuditEvent: '', Task: '' };
const offers: Record<Vendor, { usual: string } & Record<string, string>> = {
  open: store,
  'hapi-like': { ...store, AppointmentResponse: '' },
  'healthlake-like': { ...store, AppointmentResponse: '' },
  'epic-like': {
    ...{
      usual: 'rs',
      Binary: 'r',
      AuditEvent: '',
      Task: '',
      AppointmentResponse: '',
      Schedule: '',
      Slot: '',
      Subscription: '',
    },
    ...{ Communication: 'rsc', DocumentReference: 'rscu', Observation: 'rscu', QuestionnaireResponse: 'rsc' },
  },
  'oracle-like': {
    ...{
      usual: 'rs',
      Binary: 'r',
      AuditEvent: '',
      Task: '',
      AppointmentResponse: '',
      Schedule: 'r',
      Slot: 'sp',
      Subscription: '',
    },
    ...{ Appointment: 'rscp', Communication: 'rscp', DocumentReference: 'rsc', Observation: 'rscu' },
    Provenance: 'rsc',
  },
  'athena-like': {
    ...{
      usual: 'rs',
      Binary: 'r',
      AuditEvent: '',
      Task: '',
      AppointmentResponse: '',
      Schedule: '',
      Slot: '',
    },
    ...{ Communication: '', Consent: '', QuestionnaireResponse: 'rsc', Subscription: 'rscu' },
  },
};
const offered = (vendor: Vendor, type: string, letter: Letter): boolean =>
  (offers[vendor][type] ?? offers[vendor].usual).includes(letter);

/** The row that says so, at those vendors that have a column. */
const rowOf = (vendor: Vendor, type: string, letter: Letter): RowName | undefined => {
  const patches = ['open', 'hapi-like', 'healthlake-like', 'oracle-like'].includes(vendor);
  if (letter === 'p' && !patches) return 'PATCH';
  if (type === 'Appointment') return 'Appointment interactions';
  if (type === 'Communication') return 'Communication';
  if (['Slot', 'Schedule'].includes(type)) return 'Slot / Schedule';
  if (['Consent', 'AuditEvent', 'Subscription'].includes(type)) return 'Consent / AuditEvent / Subscription';
  return ['r', 's'].includes(letter) ? undefined : 'Other write targets';
};

/** Whatever a vendor's server keeps: a valid one, so that nobody but the vendor has a reason to refuse it. */
const visit = {
  resourceType: 'Appointment',
  status: 'booked',
  start: '2026-12-01T10:00:00+05:30',
  end: '2026-12-01T10:30:00+05:30',
  participant: [{ actor: { reference: 'Patient/1001' }, status: 'accepted' }],
};
const text = { contentAttachment: { contentType: 'text/plain', data: 'aGVsbG8=' } };
const message = {
  resourceType: 'Communication',
  status: 'completed',
  category: [{ coding: [{ code: 'notification' }] }],
  sender: { reference: 'Practitioner/501' },
  recipient: [{ reference: 'Practitioner/502' }],
  payload: [text],
};
const document = {
  resourceType: 'DocumentReference',
  status: 'current',
  docStatus: 'final',
  subject: { reference: 'Patient/1001' },
  content: [{ attachment: text.contentAttachment }],
};
const observation = { resourceType: 'Observation', status: 'final', code: { text: 'Weight' } };
const restHook = {
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'To know what changes',
  criteria: 'Appointment?',
  channel: { type: 'rest-hook', endpoint: 'http://127.0.0.1:9/hook' },
};
const batch = { resourceType: 'Bundle', type: 'batch', entry: [] };
const parameters = { resourceType: 'Parameters' };
const range = 'date=ge2026-11-01T00:00:00Z&date=lt2026-12-31T00:00:00Z';
const ifMatch = { 'if-match': 'W/"1"' };
const step = (op: string, path: string, value: unknown) => ({ op, path, value });
const coded = { coding: [{ code: 'pat' }] };

interface Bare {
  ask: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  code: OperationOutcomeIssue['code'];
  row: RowName;
  vendorCode?: string;
}

const get = (ask: string, row: RowName, code: Bare['code'] = 'not-supported', status = 400): Bare => ({
  ...{ ask: `GET ${ask}`, status, code, row },
});
/** Answered with 200 and a warning. */
const ignored = (ask: string, row: RowName): Bare => ({
  ...get(ask, row, 'not-supported', 200),
  vendorCode: '4122',
});
const post = (ask: string, body: unknown, row: RowName): Bare => ({
  ...{ ask: `POST ${ask}`, body, status: 422, code: 'invariant', row },
});
const patch = (steps: unknown[], row: RowName, headers: Record<string, string> = ifMatch): Bare => ({
  ...{ ask: 'PATCH Appointment/BOOKED', body: steps, headers, status: 422, code: 'invariant', row },
});
const operation = (name: string): Bare => ({
  ...post(`Appointment/$${name}`, parameters, 'Slot / Schedule'),
  ...{ status: 404, code: 'not-supported' },
});
const cancel = [step('replace', '/status', 'cancelled')];

const refused: Record<Vendor, Bare[]> = {
  open: [
    get('Appointment?colour=blue', 'Unknown search param'),
    get('Communication?-email-status=read', 'Unknown search param'),
    {
      ...{ ask: 'PATCH Appointment/BOOKED', body: cancel, headers: { 'if-match': 'W/"9"' } },
      ...{ status: 412, code: 'conflict', row: 'If-Match' },
    },
  ],
  'hapi-like': [
    get('Appointment?colour=blue', 'Unknown search param'),
    operation('book'),
    {
      ...{ ask: 'PATCH Appointment/BOOKED', body: cancel, headers: { 'if-match': 'W/"9"' } },
      ...{ status: 412, code: 'conflict', row: 'If-Match' },
    },
  ],
  'epic-like': [
    ignored('Appointment?_lastUpdated=ge2099-01-01', '_lastUpdated on Appointment'),
    ignored('Patient?_lastUpdated=ge2099-01-01', '_lastUpdated on Patient'),
    ignored('Communication?patient=1001&_lastUpdated=ge2099-01-01', 'Unknown search param'),
    ignored('Appointment?colour=blue', 'Unknown search param'),
    ignored('Appointment?_sort=_lastUpdated', 'Unknown search param'),
    ...['ne', 'sa', 'eb'].map((prefix) => get(`Appointment?date=${prefix}2026-11-01`, 'Date prefixes')),
    ...['actor=Patient/1001', 'location=11', 'practitioner=501', 'slot=1', 'service-type=x'].map((filter) =>
      get(`Appointment?${filter}`, 'Appointment search params', 'business-rule'),
    ),
    ...['identifier=a|b', 'recipient=Practitioner/501', 'sent=ge2026-01-01'].map((filter) =>
      get(`Communication?${filter}`, 'Communication', 'business-rule'),
    ),
    ...['find', 'hold', 'book'].map(operation),
    { ...post('', batch, 'batch / transaction'), status: 405, code: 'not-supported' },
  ],
  'oracle-like': [
    get('Appointment', 'Appointment search params', 'business-rule'),
    get('Appointment?location=11', 'Date prefixes', 'business-rule'),
    get('Appointment?location=11&date=2026-12-01', 'Date prefixes', 'business-rule'),
    get('Appointment?location=11&date=ge2026-11-01T00:00:00Z', 'Date prefixes', 'business-rule'),
    get('Appointment?location=11&date=gt2026-11-01&date=le2026-12-01', 'Date prefixes', 'business-rule'),
    ...[
      range,
      `patient=1001&location=11&${range}`,
      `location=11,12&${range}`,
      `patient=1001&patient=1002&${range}`,
      `location=11&status=booked&status=pending&${range}`,
    ].map((query) => get(`Appointment?${query}`, 'Appointment search params', 'business-rule')),
    get(`Appointment?location=11&${range}&_lastUpdated=ge2026-01-01`, '_lastUpdated on Appointment'),
    get('Patient?_lastUpdated=ge2026-01-01', '_lastUpdated on Patient'),
    get(`Appointment?location=11&${range}&identifier=a`, 'Unknown search param'),
    get(`Appointment?location=11&${range}&_include=Appointment:patient`, '_include'),
    get('Slot?status=free', 'Slot / Schedule', 'business-rule'),
    get('Slot?service-type=11429006', 'Date prefixes', 'business-rule'),
    get('Slot?service-type=11429006&start=ge2026-11-24T00:00:00Z', 'Date prefixes', 'business-rule'),
    ...['', 'patient=1001', 'category=notification&recipient=Practitioner/502&received=ge2026-01-01'].map(
      (query) => get(`Communication?${query}`, 'Communication', 'business-rule'),
    ),
    {
      ...{ ask: 'PATCH Appointment/BOOKED', body: cancel, status: 412, code: 'required', row: 'If-Match' },
    },
    {
      ...{ ask: 'PATCH Appointment/BOOKED', body: cancel, headers: { 'if-match': 'W/"9"' } },
      ...{ status: 409, code: 'conflict', row: 'If-Match' },
    },
    patch([step('replace', '/participant/0/status', 'accepted')], 'Appointment patch paths'),
    patch([step('add', '/comment', 'moved')], 'Appointment patch paths'),
    patch([step('replace', '/start', visit.start)], 'Appointment patch paths'),
    patch([step('add', '/slot', [{ reference: 'Slot/30001' }])], 'Appointment patch paths'),
    patch(
      [step('replace', '/slot', [{ reference: 'Slot/30001' }]), step('add', '/reasonCode', [coded])],
      'Appointment patch paths',
    ),
    patch(
      [
        step(
          'replace',
          '/slot',
          ['30001', '30002'].map((id) => ({ reference: `Slot/${id}` })),
        ),
      ],
      'Appointment patch paths',
    ),
    patch([step('add', '/cancelationReason', coded)], 'Appointment patch paths'),
    patch([...cancel, step('add', '/cancelationReason', { text: 'away' })], 'Appointment patch paths'),
    ...['noshow', 'fulfilled', 'entered-in-error'].map((status) =>
      patch([step('replace', '/status', status)], 'Appointment status moves'),
    ),
    post('Appointment', { ...visit, status: 'pending' }, 'Appointment create'),
    post('Appointment', visit, 'Appointment create'),
    post(
      'Appointment',
      { ...visit, slot: [{ reference: 'Slot/30001' }, { reference: 'Slot/30002' }] },
      'Appointment create',
    ),
    post(
      'Appointment',
      {
        ...visit,
        slot: [{ reference: 'Slot/30001' }],
        participant: [{ ...visit.participant[0], status: 'tentative' }],
      },
      'Appointment create',
    ),
    post(
      'Appointment',
      { resourceType: 'Appointment', status: 'proposed', participant: visit.participant },
      'Appointment create',
    ),
    post(
      'Appointment',
      { ...visit, modifierExtension: [{ url: 'https://a.example', valueCode: 'b' }] },
      'modifierExtension',
    ),
    ...[
      { payload: [{ contentString: 'hello' }] },
      { payload: [text, text] },
      { payload: [{ contentAttachment: { ...text.contentAttachment, contentType: 'application/jose' } }] },
      { category: [{ coding: [{ code: 'alert' }] }] },
      { category: undefined },
      { sender: { reference: 'Device/1' } },
      { recipient: [{ reference: 'Patient/1001' }] },
      { recipient: undefined },
      { status: 'in-progress' },
    ].map((change) => post('Communication', { ...message, ...change }, 'Communication')),
    ...[
      { docStatus: 'preliminary' },
      { content: [...document.content, ...document.content] },
      { content: [{ attachment: { ...text.contentAttachment, contentType: 'application/jose' } }] },
    ].map((change) => post('DocumentReference', { ...document, ...change }, 'Other write targets')),
    operation('book'),
    { ...post('', batch, 'batch / transaction'), status: 405, code: 'not-supported' },
    { ...get('metadata', 'Wrong tenant', 'forbidden', 403), ask: 'GET ../../elsewhere/fhir/metadata' },
  ],
  'athena-like': [
    ...['', 'patient=1001', 'date=ge2026-11-01', 'status=booked'].map((query) =>
      get(`Appointment?${query}`, 'Appointment search params', 'business-rule'),
    ),
    get('Appointment?_id=20001&_lastUpdated=ge2026-01-01', '_lastUpdated on Appointment'),
    get('Appointment?_id=20001&patient=1001', 'Unknown search param'),
    get('Appointment?_id=20001&_include=Appointment:patient', '_include'),
    get('Patient?colour=blue', 'Unknown search param'),
    post('Subscription', restHook, 'Consent / AuditEvent / Subscription'),
    operation('book'),
    { ...post('', batch, 'batch / transaction'), status: 405, code: 'not-supported' },
  ],
  'healthlake-like': [
    get('Appointment?colour=blue', 'Unknown search param'),
    operation('book'),
    {
      ...{ ask: 'POST Appointment/_search?status=booked', body: new URLSearchParams({ patient: '1001' }) },
      ...{ status: 400, code: 'invalid', row: 'POST _search' },
    },
    {
      ...post('Communication', message, 'If-None-Exist'),
      ...{ status: 400, code: 'value' },
      headers: { 'x-amz-fhir-idempotency-key': 'no-uuid' },
    },
    {
      ...{ ask: 'PATCH Appointment/BOOKED', body: cancel, headers: { 'if-match': 'W/"9"' } },
      ...{ status: 412, code: 'conflict', row: 'If-Match' },
    },
  ],
};

let ehr: TestEhr;
let vendor: Vendor;
let bookedId: string;

const issuesOf = (answer: FhirAnswer): OperationOutcomeIssue[] =>
  answer.body.resourceType === 'Bundle'
    ? (rowsOf(answer, 'outcome') as unknown as OperationOutcome[]).flatMap(({ issue }) => issue)
    : (answer.body as unknown as OperationOutcome).issue;

const quoted = (row: RowName): string => `${row}: ${profiles[vendor].rows[row]}`;

async function send({ ask, body, headers = {} }: Bare): Promise<FhirAnswer> {
  const [method = '', target = ''] = ask.replace('BOOKED', bookedId).split(' ');
  const path = `${ehr.url}/${base}/${target}`;
  if (body instanceof URLSearchParams) return ehr.fhir(path, { method, body });
  if (method === 'GET') return ehr.fhir(path, { headers });
  return (method === 'PATCH' ? ehr.patch : ehr.post)(path, body, headers);
}

function interact(type: string, letter: Letter): Promise<FhirAnswer> {
  const path = `${base}/${type}`;
  const calls: Record<Letter, () => Promise<FhirAnswer>> = {
    r: () => ehr.fhir(`${path}/none`),
    s: () => ehr.fhir(path),
    c: () => ehr.post(path, { resourceType: type }),
    u: () => ehr.put(`${path}/none`, { resourceType: type, id: 'none' }),
    p: () => ehr.patch(`${path}/none`, []),
    d: () => ehr.fhir(`${path}/none`, { method: 'DELETE' }),
  };
  return calls[letter]();
}

describe.each(vendors)('a bare request to %s', (name) => {
  beforeAll(async () => {
    vendor = name;
    ehr = await openTestEhr({ profiles: { 'st-marys': name } });
    const visits = await ehr.all('st-marys', 'Appointment');
    bookedId = visits.find(
      ({ status, start }) => status === 'booked' && String(start).endsWith('+05:30'),
    )!.id;
  });

  afterAll(() => ehr.close());

  const all = types.flatMap((type) =>
    (Object.keys(letters) as Letter[]).map((letter) => [type, letter] as const),
  );
  const absent = all.filter(([type, letter]) => !offered(name, type, letter));
  const present = all.filter(([type, letter]) => offered(name, type, letter));

  it.each(absent.map(([type, letter]) => [letters[letter], type, letter] as const))(
    'to %s %s is refused, with its row',
    async (_what, type, letter) => {
      const answer = await interact(type, letter);
      const row = rowOf(vendor, type, letter);

      expect([404, 405]).toContain(answer.status);
      expect(issuesOf(answer)).toMatchObject([{ severity: 'error', code: 'not-supported' }]);
      // The column of the open profile is Medplum's, which has no cell for what it simply offers.
      if (row && vendor !== 'open') expect(profiles[vendor].rows[row]).toBeDefined();
      if (row && profiles[vendor].rows[row]) expect(issuesOf(answer)[0]?.diagnostics).toContain(quoted(row));
    },
  );

  it.each(present.map(([type, letter]) => [letters[letter], type, letter] as const))(
    'to %s %s is taken',
    async (_what, type, letter) => {
      const answer = await interact(type, letter);
      const codes = answer.status < 300 ? [] : issuesOf(answer).map(({ code }) => code);

      expect(answer.status).not.toBe(405);
      expect(codes).not.toContain('not-supported');
    },
  );

  it.each(refused[name].map((bare, n) => [`${n + 1}: ${bare.ask}`, bare] as const))(
    'is answered as there (%s)',
    async (_ask, bare) => {
      const answer = await send(bare);
      const issue = issuesOf(answer).find(({ diagnostics }) => diagnostics?.includes(quoted(bare.row)));

      expect(profiles[vendor].rows[bare.row]).toBeDefined();
      expect([answer.status, issue?.code]).toEqual([bare.status, bare.code]);
      if (bare.vendorCode) expect(issue?.details?.coding?.[0]?.code).toBe(bare.vendorCode);
    },
  );

  it('answers 406 to who wants XML, where it is silent without a word', async () => {
    const answer = await fetch(`${ehr.url}/${base}/Patient/1001`, {
      headers: { accept: 'application/fhir+xml' },
    });

    expect([answer.status, (await answer.text()) === '']).toEqual([406, vendor === 'oracle-like']);
  });

  const conditional = ['open', 'hapi-like'].includes(name);
  it(`makes ${conditional ? 'one copy' : 'two copies'} of what is created twice with If-None-Exist`, async () => {
    const type = name === 'athena-like' ? 'QuestionnaireResponse' : 'Communication';
    const identifier = [{ system: 'https://carethread.example/summary', value: 'twice' }];
    const body = type === 'Communication' ? message : { resourceType: type, status: 'completed' };
    const condition = { 'if-none-exist': 'identifier=https://carethread.example/summary|twice' };
    for (const _ of [1, 2]) await ehr.post(`${base}/${type}`, { ...body, identifier }, condition);

    const rows = await ehr.all('st-marys', type);
    expect(rows.filter((row) => JSON.stringify(row).includes('"twice"'))).toHaveLength(conditional ? 1 : 2);
  });

  it('knows the parameters of R4 that its statement names, and no others', async () => {
    const { body } = await ehr.fhir(`${base}/metadata`);
    const { rest } = body as unknown as {
      rest: { resource: { type: string; searchParam?: { name: string }[] }[] }[];
    };
    const named = rest[0]?.resource
      .find(({ type }) => type === 'Appointment')
      ?.searchParam?.map((one) => one.name);

    expect(bundleOf(await ehr.fhir(`${base}/Patient?_id=1001`)).type).toBe('searchset');
    expect([...(named ?? [])].sort()).toEqual([...appointmentParams[name]].sort());
  });
});

const r4 = [
  ...['_id', '_lastUpdated', 'actor', 'appointment-type', 'date', 'identifier', 'location', 'part-status'],
  ...[
    'patient',
    'practitioner',
    'reason-code',
    'service-category',
    'service-type',
    'slot',
    'specialty',
    'status',
  ],
];
const appointmentParams: Record<Vendor, string[]> = {
  open: r4,
  'hapi-like': r4,
  'healthlake-like': r4,
  'epic-like': r4.filter((name) => name !== '_lastUpdated'),
  'oracle-like': ['_id', 'date', 'location', 'patient', 'practitioner', 'status'],
  'athena-like': ['_id'],
};

describe('the same resource', () => {
  it('is taken by who offers it, so that nothing above was refused for its own sake', async () => {
    const oracle = await openTestEhr({ profiles: { 'st-marys': 'oracle-like' } });
    const status = async (body: { resourceType: string }) =>
      (await oracle.post(`${base}/${body.resourceType}`, body)).status;

    expect(await status(message)).toBe(201);
    expect(await status(document)).toBe(201);
    expect(await status(observation)).toBe(201);
    await oracle.close();
    const open = await openTestEhr();
    expect((await open.post(`${base}/Appointment`, visit)).status).toBe(201);
    expect((await open.post(`${base}/Subscription`, restHook)).status).toBe(201);
    await open.close();
  });
});
