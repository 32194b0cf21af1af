import { judgeAction } from './action.policy.js';
import { hashOf, isToken, newToken } from './button-token.js';
import { judgeTap, type Tap, type TokenFacts } from './tap.policy.js';

const VISIT = {
  present: true,
  status: 'booked',
  participantStatus: 'needs-action',
  start: new Date('2026-12-02T12:00:00Z'),
  end: null,
  timeZone: 'UTC',
  zoneFrom: '',
  mode: 'in-person' as const,
  place: null,
  practitioner: null,
  groupVisit: false,
  versionId: '1',
  visitVersion: 3,
};
const TOKEN: TokenFacts = {
  action: 'confirm',
  appointmentId: 'visit',
  visitVersion: 3,
  addressId: 'address',
  expiresAt: VISIT.start,
  usedBy: null,
};
const NOON = new Date('2026-12-01T12:00:00Z');
const TAP: Tap = { inboundId: 'inbound', addressId: 'address', at: NOON, now: NOON };

interface Changes {
  tap?: Partial<Tap>;
  token?: Partial<TokenFacts>;
  visit?: Partial<typeof VISIT>;
}

describe('a tap', () => {
  it('is valid once, for its address, its visit version and its time', () => {
    expect(judgeTap(TAP, TOKEN, VISIT)).toBe('valid');
  });

  it.each([
    ['from another address', { tap: { addressId: 'other' } }, 'foreign'],
    [
      'from another address on a used button',
      { tap: { addressId: 'other' }, token: { usedBy: 'inbound' } },
      'foreign',
    ],
    ['handled again after a crash', { token: { usedBy: 'inbound' } }, 'repeated'],
    ['a second time', { token: { usedBy: 'earlier' } }, 'used'],
    ['after the visit moved', { visit: { visitVersion: 4 } }, 'stale'],
    ['after the visit was cancelled', { visit: { status: 'cancelled' } }, 'stale'],
    ['when the visit begins', { tap: { at: VISIT.start, now: VISIT.start } }, 'expired'],
    ['in time, and heard when the visit has begun', { tap: { now: VISIT.start } }, 'overdue'],
  ])('%s', (_case, { tap = {}, token = {}, visit = {} }: Changes, verdict) => {
    expect(judgeTap({ ...TAP, ...tap }, { ...TOKEN, ...token }, { ...VISIT, ...visit })).toBe(verdict);
  });
});

describe('a wish', () => {
  it.each([
    ['to confirm', 'confirm', {}, 'to-write'],
    ['to confirm what is accepted', 'confirm', { participantStatus: 'accepted' }, 'fulfilled'],
    ['to confirm a moved visit', 'confirm', { visitVersion: 4 }, 'overtaken'],
    ['to cancel', 'cancel', {}, 'to-write'],
    ['to cancel what is cancelled', 'cancel', { status: 'cancelled', visitVersion: 4 }, 'fulfilled'],
    ['to cancel after arriving', 'cancel', { status: 'arrived', visitVersion: 4 }, 'arrived'],
    ['to confirm, and then to cancel', 'confirm', { cancelAsked: true }, 'taken-back'],
    ['to cancel, and then to confirm', 'cancel', { cancelAsked: false }, 'taken-back'],
    ['to cancel what moved since', 'cancel', { cancelAsked: false, visitVersion: 4 }, 'overtaken'],
    ['to cancel a group visit', 'cancel', { groupVisit: true }, 'for-staff'],
  ] as const)('%s', (_case, kind, visit, verdict) => {
    const answered = { ...VISIT, cancelAsked: kind === 'cancel', ...visit };
    expect(judgeAction({ kind, visitVersion: 3 }, answered)).toBe(verdict);
  });
});

describe('a button token', () => {
  it('has its shape, never comes twice, and leaves only a hash', () => {
    const tokens = Array.from({ length: 1_000 }, newToken);
    expect(tokens.every(isToken)).toBe(true);
    expect(new Set(tokens).size).toBe(1_000);
    expect(hashOf(tokens[0]!)).toHaveLength(32);
  });

  it.each([null, '', 'yes', 'ct1.short', `ct1.${'a'.repeat(33)}`, `ct1.${'a'.repeat(31)}\n`])(
    '%j is none',
    (text) => {
      expect(isToken(text)).toBe(false);
    },
  );
});
