import { wasTold } from './told.policy.js';

const TELLING = {
  ruleKey: 'one-day',
  startsAt: new Date('2026-12-01T12:00:00Z'),
  timeZone: 'Europe/London',
  placeReference: 'Location/1',
};
const toldAt = new Date('2026-11-01T12:00:00Z');
const LATER = { toldAt: new Date('2026-11-02T12:00:00Z') };
const MOVED = { startsAt: new Date('2026-12-01T17:00:00Z') };

describe('a reminder that was told before', () => {
  it.each(['accepted', 'sent', 'delivered', 'read'])('is told when its message was %s', (messageState) => {
    expect(wasTold(TELLING, [{ ...TELLING, messageState, toldAt }])).toBe(true);
  });

  it.each(['unknown', 'parked', 'sending'])(
    'counts as told when its message may have arrived: %s',
    (messageState) => {
      expect(wasTold(TELLING, [{ ...TELLING, messageState, toldAt }])).toBe(true);
    },
  );

  it.each(['failed', 'refused', 'expired'])('is not told when its message was %s', (messageState) => {
    expect(wasTold(TELLING, [{ ...TELLING, messageState, toldAt }])).toBe(false);
  });

  it.each([
    ['start', { startsAt: new Date('2026-12-01T12:15:00Z') }],
    ['place', { placeReference: null }],
    ['zone', { timeZone: 'Asia/Kolkata' }],
    ['rule', { ruleKey: 'three-days' }],
  ])('is news with another %s', (_what, other) => {
    expect(wasTold(TELLING, [{ ...TELLING, ...other, messageState: 'read', toldAt }])).toBe(false);
  });

  it.each(['one-day', 'three-days'])('is news after another start was told by the rule %s', (ruleKey) => {
    const first = { ...TELLING, messageState: 'read', toldAt };
    const moved = { ...TELLING, ...MOVED, ...LATER, ruleKey, messageState: 'sent' };
    expect(wasTold(TELLING, [first, moved])).toBe(false);
    expect(wasTold(TELLING, [moved, first])).toBe(false);
  });

  it('stays told when the other start was never told', () => {
    const first = { ...TELLING, messageState: 'read', toldAt };
    expect(wasTold(TELLING, [first, { ...TELLING, ...MOVED, ...LATER, messageState: 'refused' }])).toBe(true);
  });

  it('is news when the other start may have arrived', () => {
    const first = { ...TELLING, messageState: 'read', toldAt };
    expect(wasTold(TELLING, [first, { ...TELLING, ...MOVED, ...LATER, messageState: 'unknown' }])).toBe(
      false,
    );
  });

  it('stays told when another rule told the same after it', () => {
    const first = { ...TELLING, messageState: 'read', toldAt };
    const same = { ...TELLING, ...LATER, ruleKey: 'hours', messageState: 'read' };
    expect(wasTold(TELLING, [first, same])).toBe(true);
  });
});
