import { driftWindow, isWhole, nightOf } from './drift-window.js';

const ZONE = 'America/New_York';
const NOW = new Date('2027-03-10T17:00:00Z');
const window = (from: string, until: string) => ({ from: new Date(from), until: new Date(until) });

describe('the days of a drift report', () => {
  it('are today and the next seven of the hospital, also over the change of the clocks', () => {
    expect(driftWindow({}, NOW, ZONE)).toEqual(window('2027-03-10T05:00:00Z', '2027-03-18T04:00:00Z'));
  });

  it.each([
    [{ from: '2027-03-11' }, '2027-03-11T05:00:00Z', '2027-03-19T04:00:00Z'],
    [{ until: '2027-03-10' }, '2027-03-10T05:00:00Z', '2027-03-11T05:00:00Z'],
    [{ count: 14 }, '2027-03-10T05:00:00Z', '2027-03-24T04:00:00Z'],
    [{ from: '2027-03-14', until: '2027-03-14' }, '2027-03-14T05:00:00Z', '2027-03-15T04:00:00Z'],
  ])('are those that are named: %j', (days, from, until) => {
    expect(driftWindow(days, NOW, ZONE)).toEqual(window(from, until));
  });

  it.each([
    { until: '2027-03-09' },
    { until: '2027-03-24' },
    { from: '2027-02-30' },
    { until: '2027-02-30' },
    { count: 15 },
    { count: 0 },
  ])('are not %j', (days) => {
    expect(() => driftWindow(days, NOW, ZONE)).toThrow(expect.objectContaining({ code: 'drift.days' }));
  });

  it('are whole when they hold all that a night looks at', () => {
    expect(isWhole(driftWindow({}, NOW, ZONE), NOW, ZONE)).toBe(true);
    expect(isWhole(driftWindow({ count: 7 }, NOW, ZONE), NOW, ZONE)).toBe(false);
    expect(isWhole(driftWindow({ from: '2027-03-11' }, NOW, ZONE), NOW, ZONE)).toBe(false);
  });

  it('have a night from four o’clock on', () => {
    expect(nightOf(new Date('2027-03-10T08:59:59Z'), ZONE)).toBeNull();
    expect(nightOf(new Date('2027-03-10T09:00:00Z'), ZONE)).toBe('2027-03-10');
    expect(nightOf(new Date('2027-03-11T04:30:00Z'), ZONE)).toBe('2027-03-10');
  });
});
