import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import type { Facts } from './capabilities.js';
import { type CapabilityRow, tableOf } from './capability-table.js';
import { capabilitiesOf, meansSame, type Overrides, type Proven } from './capability.policy.js';

const AUTO: Overrides = {
  profile: 'auto',
  syncStrategy: 'auto',
  scanBy: 'auto',
  appointmentWrite: 'auto',
  summaryCarrier: 'auto',
};

const resource = (
  type: CapabilityStatementRestResource['type'],
  interactions: string[],
  more: Partial<CapabilityStatementRestResource> = {},
): CapabilityStatementRestResource => ({
  type,
  interaction: interactions.map((code) => ({ code: code as 'read' })),
  ...more,
});

const params = (...names: string[]) => ({
  searchParam: names.map((name) => ({ name, type: 'token' as const })),
});

const statement = (resources: CapabilityStatementRestResource[], more: object = {}): CapabilityStatement => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-11-01',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server', resource: resources }],
  ...more,
});

const OPEN = statement(
  [
    resource('Appointment', ['read', 'search-type', 'update', 'patch'], {
      ...params('_lastUpdated', 'date'),
      searchInclude: ['Appointment:patient', 'Appointment:slot'],
    }),
    resource('Patient', ['read', 'search-type'], params('_lastUpdated')),
    resource('Communication', ['read', 'search-type', 'create'], {
      ...params('identifier'),
      conditionalCreate: true,
    }),
  ],
  { patchFormat: ['application/json-patch+json'] },
);

const NARROW = statement([
  resource('Appointment', ['read', 'search-type'], params('date')),
  resource('Communication', ['create', 'search-type'], params('patient')),
]);

describe('what an EHR can do', () => {
  it('is read from its statement', () => {
    expect(capabilitiesOf(OPEN, AUTO)).toEqual({
      fhirVersion: '4.0.1',
      syncStrategy: 'last-updated',
      scanBy: 'date',
      patientLastUpdated: true,
      includes: ['Appointment:patient'],
      appointmentWrite: 'L2',
      appointmentWriteBy: 'patch',
      reschedule: 'update',
      booking: 'none',
      conditionalCreate: true,
      idempotencyHeader: null,
      communicationCreate: true,
      communicationSearch: 'identifier',
      communicationChange: 'none',
      summaryCarrier: 'B',
      creates: [],
      reads: ['Appointment', 'Communication', 'Patient'],
      postSearch: false,
      because: {},
    });
  });

  it('is little where the statement says little', () => {
    expect(capabilitiesOf(NARROW, AUTO)).toMatchObject({
      syncStrategy: 'window-scan',
      includes: [],
      appointmentWrite: 'L0',
      conditionalCreate: false,
      communicationSearch: 'patient',
      summaryCarrier: 'B',
    });
    expect(capabilitiesOf(statement([]), AUTO)).toMatchObject({
      appointmentWrite: 'L0',
      summaryCarrier: 'F',
    });
    expect(
      capabilitiesOf({ resourceType: 'CapabilityStatement' } as CapabilityStatement, AUTO),
    ).toMatchObject({
      syncStrategy: 'window-scan',
    });
  });

  it('is written by update where there is no JSON Patch', () => {
    const without = { ...OPEN, patchFormat: undefined };
    expect(capabilitiesOf(without, AUTO).appointmentWriteBy).toBe('update');
  });

  it('is overruled by the vendor, and by the hospital', () => {
    expect(capabilitiesOf(OPEN, { ...AUTO, profile: 'epic' })).toMatchObject({
      syncStrategy: 'window-scan',
      appointmentWrite: 'L0',
      conditionalCreate: false,
    });
    const said: Overrides = {
      profile: 'epic',
      syncStrategy: 'last-updated',
      scanBy: 'auto',
      appointmentWrite: 'L1',
      summaryCarrier: 'D',
    };
    expect(capabilitiesOf(OPEN, said)).toMatchObject({
      syncStrategy: 'last-updated',
      appointmentWrite: 'L1',
      summaryCarrier: 'D',
    });
  });

  it('does not grow by wishing: no way to write stays none, no Communication carries nothing', () => {
    const wishes = { ...AUTO, appointmentWrite: 'L2', summaryCarrier: 'B' } as const;
    expect(capabilitiesOf(NARROW, wishes)).toMatchObject({
      appointmentWrite: 'L0',
      because: { appointmentWrite: 'statement', summaryCarrier: 'setting' },
    });
    expect(capabilitiesOf(statement([]), wishes)).toMatchObject({
      summaryCarrier: 'F',
      because: { summaryCarrier: 'statement' },
    });
    expect(capabilitiesOf(OPEN, { ...AUTO, appointmentWrite: 'L3' }).appointmentWrite).toBe('L2');
  });

  it('reaches to bookings where there is an operation, and where Slots are kept if the hospital wishes', () => {
    const booking = resource('Appointment', ['read', 'search-type', 'update', 'create']);
    const slots = statement([booking, resource('Slot', ['search-type'])]);
    expect(capabilitiesOf(slots, AUTO)).toMatchObject({ appointmentWrite: 'L2', booking: 'slot' });
    expect(capabilitiesOf(slots, { ...AUTO, appointmentWrite: 'L3' })).toMatchObject({
      appointmentWrite: 'L3',
      because: { appointmentWrite: 'setting' },
    });
    const operation = [{ name: 'book', definition: 'https://example.test/book' }];
    expect(capabilitiesOf(statement([{ ...booking, operation }]), AUTO)).toMatchObject({
      appointmentWrite: 'L3',
      booking: 'operation',
    });
  });

  it('remembers who said what, the last one speaking', () => {
    const proven = {
      facts: { scanBy: 'location', postSearch: true, communicationSearch: 'patient' },
    } as const;
    const settings: Overrides = { ...AUTO, profile: 'epic', summaryCarrier: 'D' };
    const narrow = (facts: Facts): Facts => ({
      ...facts,
      communicationCreate: true,
      creates: [],
      reads: ['Patient'],
    });
    expect(capabilitiesOf(OPEN, settings, { proven, narrow })).toMatchObject({
      scanBy: 'location',
      because: {
        scanBy: 'tested',
        postSearch: 'tested',
        communicationSearch: 'tested',
        reads: 'granted',
        syncStrategy: 'vendor',
        summaryCarrier: 'setting',
      },
    });
  });

  it('does not follow a wish for what the EHR was seen to refuse', () => {
    const proven: Proven = {
      facts: { syncStrategy: 'window-scan', scanBy: 'patient' },
      refusesLastUpdated: true,
      refusedScans: ['date'],
    };
    const wishes: Overrides = { ...AUTO, syncStrategy: 'last-updated', scanBy: 'date' };
    expect(capabilitiesOf(OPEN, wishes, { proven })).toMatchObject({
      syncStrategy: 'window-scan',
      scanBy: 'patient',
      because: { syncStrategy: 'tested', scanBy: 'tested' },
    });
  });

  it('means the same whoever says it and in whatever order its lists come', () => {
    const one = capabilitiesOf(OPEN, AUTO);
    const other = { ...one, reads: [...one.reads].reverse(), because: { reads: 'tested' } as const };
    expect(meansSame(one, other)).toBe(true);
    expect(meansSame(one, { ...one, postSearch: true })).toBe(false);
    expect(meansSame(one, null)).toBe(false);
  });
});

describe('the table of what an EHR can do', () => {
  const answersOf = (overrides: Overrides, of = OPEN) =>
    Object.fromEntries(
      tableOf(capabilitiesOf(of, overrides), overrides).map(({ question, answer }) => [question, answer]),
    );

  it('answers each question of an integration engineer', () => {
    expect(answersOf(AUTO)).toEqual({
      'fhir-version': '4.0.1',
      'sync-strategy': 'last-updated',
      'scan-by': 'date',
      includes: 'Appointment:patient',
      'post-search': 'no',
      'action-level': 'L2',
      'patient-confirms': 'in-ehr',
      'patient-cancels': 'in-ehr',
      'patient-moves': 'in-ehr',
      'patient-books': 'desk',
      'summary-carrier': 'B',
      'summary-lookup': 'identifier',
      'summary-correction': 'none',
      'conditional-create': 'if-none-exist',
      'writes-offered': 'Communication',
      'reads-beside': 'none',
      'kept-here': 'DocumentReference, Observation, QuestionnaireResponse',
    });
    expect(answersOf({ ...AUTO, profile: 'healthlake' })).toMatchObject({
      'conditional-create': 'x-amz-fhir-idempotency-key',
    });
  });

  it('promises the patient only what the level holds', () => {
    expect(answersOf({ ...AUTO, appointmentWrite: 'L0' })).toMatchObject({
      'patient-confirms': 'desk',
      'patient-cancels': 'desk',
      'patient-moves': 'desk',
    });
    expect(answersOf({ ...AUTO, appointmentWrite: 'L1' })).toMatchObject({
      'patient-confirms': 'desk',
      'patient-cancels': 'in-ehr',
    });
  });

  it('case 29: says which setting cannot be followed, and what narrower scopes take away', () => {
    const overrides: Overrides = { ...AUTO, appointmentWrite: 'L2' };
    const rowOf = (rows: CapabilityRow[], question: string) => rows.find((row) => row.question === question);
    const level = rowOf(tableOf(capabilitiesOf(NARROW, overrides), overrides), 'action-level');
    expect(level).toMatchObject({ answer: 'L0', level: 'L0', because: 'statement' });
    expect(level!.words).toContain('The setting asks for L2, which this EHR does not offer.');
    const narrow = (facts: Facts): Facts => ({
      ...facts,
      appointmentWriteBy: 'none',
      appointmentWrite: 'L0',
    });
    const granted = rowOf(tableOf(capabilitiesOf(OPEN, AUTO, { narrow }), AUTO), 'action-level');
    expect(granted).toMatchObject({ answer: 'L0', because: 'granted' });
    expect(granted!.words).toContain('The granted scopes allow no more.');
  });
});
