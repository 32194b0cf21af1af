import { epochStates } from './epoch.policy.js';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-03-01T00:00:00Z');
const ago = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

const due = (held: [number, number][], wraps: [number, number][]) =>
  epochStates(
    held.map(([epoch, days]) => ({ epoch, madeAt: ago(days) })),
    new Map(wraps),
    NOW,
  ).map(({ epoch, due }) => [epoch, due]);

describe('what is due for an epoch', () => {
  it.each([
    ['a young one is left alone', [[1, 29]], [[1, 5]], [[1, null]]],
    ['one of 30 days is to be followed by the next', [[1, 30]], [[1, 5]], [[1, 'rotation']]],
    [
      'what an old one wraps is to be wrapped anew',
      [
        [1, 40],
        [2, 1],
      ],
      [[1, 5]],
      [
        [1, 'rewrap'],
        [2, null],
      ],
    ],
    [
      'an empty one stays as long as backups do',
      [
        [1, 70],
        [2, 34],
      ],
      [[2, 5]],
      [
        [1, null],
        [2, 'rotation'],
      ],
    ],
    [
      'and goes 35 days after it was replaced',
      [
        [1, 70],
        [2, 35],
        [3, 1],
      ],
      [[3, 5]],
      [
        [1, 'destruction'],
        [2, null],
        [3, null],
      ],
    ],
    [
      'one that still wraps something never goes',
      [
        [1, 99],
        [2, 60],
        [3, 1],
      ],
      [[1, 1]],
      [
        [1, 'rewrap'],
        [2, null],
        [3, null],
      ],
    ],
    [
      'one that is gone and still wraps something must come back',
      [[2, 1]],
      [[1, 5]],
      [
        [1, 'restore'],
        [2, null],
      ],
    ],
  ] as [string, [number, number][], [number, number][], [number, string | null][]][])(
    '%s',
    (_what, held, wraps, expected) => {
      expect(due(held, wraps)).toEqual(expected);
    },
  );
});
