import { windowAt } from './window.policy.js';

const inbound = new Date('2026-11-23T06:00:00Z');
const after = (ms: number): Date => new Date(inbound.getTime() + ms);
const DAY = 24 * 60 * 60 * 1000;

describe('the customer service window', () => {
  it.each([
    [0, true],
    [DAY - 1, true],
    [DAY, false],
    [DAY + 1000, false],
  ])('%i ms after the last message is open: %s', (ms, open) => {
    expect(windowAt(after(ms), inbound)).toEqual({ open, closesAt: after(DAY) });
  });

  it('was never open for a contact who never wrote', () => {
    expect(windowAt(inbound, null)).toEqual({ open: false, closesAt: null });
  });
});
