import type { Consent, ConsentProvision, Patient } from 'fhir/r4.js';
import { PURPOSES } from './consent.js';
import { deniedByConsents, deniedByFlags } from './ehr-deny.policy.js';

const NOW = new Date('2026-11-23T06:00:00Z');
const ALL = [...PURPOSES].sort();
const OURS = (code: string) => ({ system: 'urn:carethread:purpose', code });

const consent = (provision: ConsentProvision | undefined, more: Partial<Consent> = {}): Consent => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: 'Patient/1' },
  ...(provision && { provision }),
  ...more,
});
const denied = (one: Consent): string[] => [...deniedByConsents([one], NOW)].sort();

describe('what a Consent of the EHR forbids', () => {
  it.each<[string, Consent, string[]]>([
    ['a deny of everything: all', consent({ type: 'deny' }), ALL],
    [
      'a deny of one purpose: that one',
      consent({ type: 'deny', purpose: [OURS('appointment-reminders')] }),
      ['appointment-reminders'],
    ],
    [
      'a deny of messages: all',
      consent({ type: 'deny', code: [{ coding: [{ system: 'http://loinc.org', code: '89057-4' }] }] }),
      ALL,
    ],
    [
      'a deny to somebody else: none',
      consent({ type: 'deny', actor: [{ role: {}, reference: { reference: 'Organization/9' } }] }),
      [],
    ],
    ['a permit: none, and it gives nothing', consent({ type: 'permit' }), []],
    [
      'a permit with a deny inside: that',
      consent({ type: 'permit', provision: [{ type: 'deny', purpose: [OURS('surveys')] }] }),
      ['surveys'],
    ],
    [
      'a deny with a permit inside: all but that',
      consent({ type: 'deny', provision: [{ type: 'permit', purpose: [OURS('surveys')] }] }),
      ALL.filter((purpose) => purpose !== 'surveys'),
    ],
    ['one that is not in force yet', consent({ type: 'deny', period: { start: '2027-01-01' } }), []],
    ['one that has ended', consent({ type: 'deny', period: { end: '2026-11-20' } }), []],
    ['one whose last day is today', consent({ type: 'deny', period: { end: '2026-11-23' } }), ALL],
    ['a withdrawn one', consent({ type: 'deny' }, { status: 'inactive' }), []],
    ['one about research', consent({ type: 'deny' }, { scope: { coding: [{ code: 'research' }] } }), []],
    ['one that says nothing', consent(undefined), []],
  ])('%s', (_what, one, purposes) => expect(denied(one)).toEqual(purposes));

  it('is the sum of all of them: no permit lifts another one’s deny', () => {
    const both = [consent({ type: 'deny', purpose: [OURS('surveys')] }), consent({ type: 'permit' })];
    expect([...deniedByConsents(both, NOW)]).toEqual(['surveys']);
  });
});

describe('what a mark on a Patient forbids', () => {
  const label = { on: 'label', url: 'urn:hospital:contact', value: 'NONE', purposes: [] } as const;
  const extension = { ...label, on: 'extension', url: 'urn:hospital:sms', value: 'false' } as const;
  const patient: Patient = {
    resourceType: 'Patient',
    meta: { security: [{ system: 'urn:hospital:contact', code: 'NONE' }] },
    extension: [{ url: 'urn:hospital:sms', valueBoolean: false }],
  };
  const by = (flag: Parameters<typeof deniedByFlags>[1][number], of: Patient = patient): string[] =>
    [...deniedByFlags(of, [flag])].sort();

  it.each([
    ['a label', { ...label, purposes: [] }, ALL],
    ['an extension', { ...extension, purposes: ['education'] }, ['education']],
    ['one of another value', { ...extension, value: 'true', purposes: [] }, []],
    ['one for a purpose that we do not know: all', { ...label, purposes: ['telegrams'] }, ALL],
  ])('%s', (_what, flag, purposes) => expect(by(flag)).toEqual(purposes));

  it('is nothing where the mark is not there', () => {
    expect(by({ ...label, purposes: [] }, { resourceType: 'Patient' })).toEqual([]);
  });
});
