import { type Link, linksAfter } from './links.policy.js';

const link = (addressId: string, more: Partial<Link> = {}): Link => ({
  patientId: 'p',
  addressId,
  rank: 1,
  source: 'ehr',
  state: 'active',
  ...more,
});

describe('the addresses of a patient', () => {
  it('are those that the EHR lists, in its order', () => {
    const change = linksAfter('p', ['a', 'b'], []);
    expect(change).toEqual({ links: [link('a'), link('b', { rank: 2 })], linked: true });
  });

  it('stay untouched when nothing is new', () => {
    expect(linksAfter('p', ['a'], [link('a')])).toEqual({ links: [], linked: false });
  });

  it('end when the EHR lists them no more, and come back', () => {
    expect(linksAfter('p', [], [link('a')])).toEqual({
      links: [link('a', { state: 'ended' })],
      linked: false,
    });
    expect(linksAfter('p', ['a'], [link('a', { state: 'ended' })])).toEqual({
      links: [link('a')],
      linked: true,
    });
    expect(linksAfter('p', [], [link('a', { state: 'ended' })])).toEqual({ links: [], linked: false });
  });

  it('that staff or the patient gave are not the EHR’s to end or to rank', () => {
    const given = link('a', { source: 'patient', rank: 5 });
    expect(linksAfter('p', [], [given])).toEqual({ links: [], linked: false });
    expect(linksAfter('p', ['a'], [given])).toEqual({ links: [], linked: false });
  });

  it('change their order without a new link', () => {
    const present = [link('a'), link('b', { rank: 2 })];
    expect(linksAfter('p', ['b', 'a'], present)).toEqual({
      links: [link('b'), link('a', { rank: 2 })],
      linked: false,
    });
  });
});
