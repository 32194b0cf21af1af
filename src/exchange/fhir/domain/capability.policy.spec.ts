import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import { capabilitiesOf, type Overrides } from './capability.policy.js';

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

  it('does not grow by wishing: no way to write stays none', () => {
    expect(capabilitiesOf(NARROW, { ...AUTO, appointmentWrite: 'L2' }).appointmentWrite).toBe('L0');
  });
});
