import { isOlder, type Stamp, stampOf } from './stamp.js';

const at = (time: string | null, versionId: string | null = null): Stamp => ({
  versionId,
  lastUpdated: time === null ? null : new Date(`2026-11-23T${time}Z`),
});

describe('which of two versions is older', () => {
  it.each([
    ['by its time', at('06:00:00'), at('06:00:01'), true],
    ['by its time, whatever the version says', at('06:00:01', '1'), at('06:00:00', '2'), false],
    ['by its version at the same time', at('06:00:00', '9'), at('06:00:00', '10'), true],
    ['by its version without times', at(null, '1'), at(null, '2'), true],
    ['not at all, when versions are no numbers', at('06:00:00', 'b'), at('06:00:00', 'a'), false],
    ['not at all, when one says nothing', at(null), at('06:00:00', '2'), false],
    ['not, when they are the same', at('06:00:00', '2'), at('06:00:00', '2'), false],
  ])('%s', (_, a, b, older) => {
    expect(isOlder(a, b)).toBe(older);
  });

  it('an unreadable time counts as none', () => {
    const meta = { lastUpdated: 'yesterday', versionId: '3' };
    expect(stampOf({ resourceType: 'Location', meta })).toEqual({ versionId: '3', lastUpdated: null });
  });
});
