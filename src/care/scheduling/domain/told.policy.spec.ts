import { wasTold } from './told.policy.js';

const TELLING = {
  ruleKey: 'one-day',
  startsAt: new Date('2026-12-01T12:00:00Z'),
  timeZone: 'Europe/London',
  placeReference: 'Location/1',
};

describe('a reminder that was told before', () => {
  it.each(['accepted', 'sent', 'delivered', 'read'])('is told when its message was %s', (messageState) => {
    expect(wasTold(TELLING, [{ ...TELLING, messageState }])).toBe(true);
  });

  it.each(['unknown', 'parked', 'sending'])(
    'counts as told when its message may have arrived: %s',
    (messageState) => {
      expect(wasTold(TELLING, [{ ...TELLING, messageState }])).toBe(true);
    },
  );

  it.each(['failed', 'refused', 'expired'])('is not told when its message was %s', (messageState) => {
    expect(wasTold(TELLING, [{ ...TELLING, messageState }])).toBe(false);
  });

  it.each([
    ['start', { startsAt: new Date('2026-12-01T12:15:00Z') }],
    ['place', { placeReference: null }],
    ['zone', { timeZone: 'Asia/Kolkata' }],
    ['rule', { ruleKey: 'three-days' }],
  ])('is news with another %s', (_what, other) => {
    expect(wasTold(TELLING, [{ ...TELLING, ...other, messageState: 'read' }])).toBe(false);
  });
});
