import { isRotating, type KeyTimes, signingKey } from './key-rotation.js';

const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 23, hour));
const key = (hour: number | null): KeyTimes => ({ signsFrom: hour === null ? null : at(hour), goneAt: null });

describe('which key signs', () => {
  const keys = [key(null), key(10), key(20)];

  it.each([
    [9, 0, true],
    [10, 1, true],
    [19, 1, true],
    [20, 2, false],
    [99, 2, false],
  ])('at %i o’clock number %i; whether another waits: %s', (hour, index, waits) => {
    expect(signingKey(keys, at(hour))).toBe(keys[index]);
    expect(isRotating(keys, at(hour))).toBe(waits);
  });

  it('is the first from the beginning, and none where there is none', () => {
    expect(signingKey([key(null)], new Date(0))).toEqual(key(null));
    expect(isRotating([key(null)], new Date(0))).toBe(false);
    expect(signingKey([], at(1))).toBeUndefined();
  });
});
