import { MAX_ANSWER_ATTEMPTS, pauseAfter } from './retry.policy.js';

describe('the pauses between tries to answer', () => {
  it('grow and have an end', () => {
    const pauses = Array.from({ length: MAX_ANSWER_ATTEMPTS - 1 }, (_, n) => pauseAfter(n + 1));
    expect(pauses).toEqual([30, 120, 480, 1_200]);
  });
});
