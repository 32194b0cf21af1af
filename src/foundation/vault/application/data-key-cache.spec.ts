import { jest } from '@jest/globals';
import { DataKeyCache } from './data-key-cache.js';

const MINUTE = 60_000;
const keyOf = (byte: number): Map<number, Buffer> => new Map([[1, Buffer.alloc(32, byte)]]);
const isZero = (bytes: Map<number, Buffer>): boolean => bytes.get(1)!.equals(Buffer.alloc(32));

describe('the data keys in memory', () => {
  let cache: DataKeyCache;

  beforeEach(() => {
    cache = new DataKeyCache();
    cache.open();
  });

  it('are handed out as copies, which outlive the zero-filling', () => {
    const bytes = keyOf(7);
    cache.put('a', bytes, cache.stamp);
    const copy = cache.get('a')!;
    cache.drop('a');
    expect(isZero(bytes)).toBe(true);
    expect(copy.get(1)!.export()).toEqual(Buffer.alloc(32, 7));
  });

  it('leave after five minutes, zero-filled', () => {
    const bytes = keyOf(7);
    cache.put('a', bytes, cache.stamp, 0);
    expect(cache.get('a', 5 * MINUTE - 1)).not.toBeNull();
    expect(cache.get('a', 5 * MINUTE)).toBeNull();
    expect(isZero(bytes)).toBe(true);
  });

  it('leave after five minutes also when nobody asks', () => {
    jest.useFakeTimers();
    try {
      const bytes = keyOf(7);
      cache.onModuleInit();
      cache.put('a', bytes, cache.stamp);
      jest.advanceTimersByTime(6 * MINUTE);
      expect(isZero(bytes)).toBe(true);
      cache.onModuleDestroy();
    } finally {
      jest.useRealTimers();
    }
  });

  it('are ten thousand at most: the least recently used leaves', () => {
    const [oldest, next] = [keyOf(1), keyOf(2)];
    cache.put('oldest', oldest, cache.stamp);
    cache.put('next', next, cache.stamp);
    cache.get('oldest');
    for (let n = 0; n < 9_999; n++) cache.put(`n${n}`, keyOf(3), cache.stamp);
    expect(isZero(next)).toBe(true);
    expect(isZero(oldest)).toBe(false);
  });

  it('are not kept when one was destroyed while they were read', () => {
    const { stamp } = cache;
    const bytes = keyOf(7);
    cache.drop('a');
    cache.put('a', bytes, stamp);
    expect(cache.get('a')).toBeNull();
    expect(isZero(bytes)).toBe(true);
  });

  it('are not kept by a process that does not hear of destroyed keys', () => {
    const kept = keyOf(7);
    cache.put('a', kept, cache.stamp);
    cache.close();
    expect(isZero(kept)).toBe(true);
    cache.put('b', keyOf(7), cache.stamp);
    expect(cache.get('b')).toBeNull();
  });
});
