import { type Link, linksAfter } from './links.policy.js';

const OPEN = { from: null, until: null };
const TOMORROW = new Date('2026-11-24T00:00:00Z');

const link = (addressId: string, more: Partial<Link> = {}): Link => ({
  patientId: 'p',
  addressId,
  rank: 1,
  source: 'ehr',
  state: 'active',
  ...OPEN,
  ...more,
});
const after = (addressIds: string[], present: Link[], until: Date | null = null) =>
  linksAfter(
    'p',
    addressIds.map((addressId) => ({ addressId, from: null, until })),
    present,
  );

describe('the addresses of a patient', () => {
  it('are those that the EHR lists, in its order', () => {
    expect(after(['a', 'b'], [])).toEqual({ links: [link('a'), link('b', { rank: 2 })], fresh: ['a', 'b'] });
  });

  it('stay untouched when nothing is new', () => {
    expect(after(['a'], [link('a')])).toEqual({ links: [], fresh: [] });
  });

  it('end when the EHR lists them no more, and come back', () => {
    expect(after([], [link('a')])).toEqual({ links: [link('a', { state: 'ended' })], fresh: [] });
    expect(after(['a'], [link('a', { state: 'ended' })])).toEqual({ links: [link('a')], fresh: ['a'] });
    expect(after([], [link('a', { state: 'ended' })])).toEqual({ links: [], fresh: [] });
  });

  it('that staff or the patient gave are not the EHR’s to end or to rank', () => {
    const given = link('a', { source: 'patient', rank: 5 });
    expect(after([], [given])).toEqual({ links: [], fresh: [] });
    expect(after(['a'], [given])).toEqual({ links: [], fresh: [] });
  });

  it('change their order without a new link', () => {
    expect(after(['b', 'a'], [link('a'), link('b', { rank: 2 })])).toEqual({
      links: [link('b'), link('a', { rank: 2 })],
      fresh: [],
    });
  });

  it('get the period that the EHR gives the number, and lose it', () => {
    expect(after(['a'], [link('a')], TOMORROW).links).toEqual([link('a', { until: TOMORROW })]);
    const ends = link('a', { until: new Date(TOMORROW) });
    expect(after(['a'], [ends], TOMORROW).links).toEqual([]);
    expect(after(['a'], [ends]).links).toEqual([link('a')]);
  });
});
