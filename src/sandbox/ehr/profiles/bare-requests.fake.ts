import type { OperationOutcomeIssue } from 'fhir/r4.js';
import type { Vendor } from './offers.fake.js';
import type { RowName } from './rows.js';

/** Whatever a vendor's server keeps: a valid one, so that nobody but the vendor has a reason to refuse it. */
export const visit = {
  resourceType: 'Appointment',
  status: 'booked',
  start: '2026-12-01T10:00:00+05:30',
  end: '2026-12-01T10:30:00+05:30',
  participant: [{ actor: { reference: 'Patient/1001' }, status: 'accepted' }],
};
const text = { contentAttachment: { contentType: 'text/plain', data: 'aGVsbG8=' } };
export const message = {
  resourceType: 'Communication',
  status: 'completed',
  category: [{ coding: [{ code: 'notification' }] }],
  sender: { reference: 'Practitioner/501' },
  recipient: [{ reference: 'Practitioner/502' }],
  payload: [text],
};
export const document = {
  resourceType: 'DocumentReference',
  status: 'current',
  docStatus: 'final',
  subject: { reference: 'Patient/1001' },
  content: [{ attachment: text.contentAttachment }],
};
export const observation = { resourceType: 'Observation', status: 'final', code: { text: 'Weight' } };
export const restHook = {
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

/** A request that a vendor refuses, and how. */
export interface Bare {
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

export const refused: Record<Vendor, Bare[]> = {
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
    post('Appointment', { ...visit, slot: [{ reference: 'Slot/30001' }] }, 'Appointment create'),
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
