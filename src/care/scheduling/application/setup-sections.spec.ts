import { parseQuietHours, parseReminders } from './setup-sections.js';

const RULE = { key: 'one-day', before: 'P1D', template: 'appointment_reminder' };
const faultsOf = (parsed: object): string[] => ('faults' in parsed ? (parsed.faults as string[]) : []);

describe('the reminders of a setup file', () => {
  it('are rules, for booked visits unless said otherwise', () => {
    expect(parseReminders([RULE, { ...RULE, key: 'two', pending: true }], 'r')).toEqual({
      value: [
        { ...RULE, pending: false },
        { ...RULE, key: 'two', pending: true },
      ],
    });
  });

  it('may be left out', () => {
    expect(parseReminders(undefined, 'r')).toEqual({ value: null });
  });

  it.each(['P0D', 'PT0S', '1 day', 'P-1D', 'P2Y', 'P', 'PT', 'P1.5D', 5, null])(
    'refuse %j as a lead',
    (before) => {
      expect(faultsOf(parseReminders([{ ...RULE, before }], 'r'))).toEqual([
        expect.stringContaining('r[0].before: before must be an ISO 8601 duration'),
      ]);
    },
  );

  it('tell all faults at once, each with its path', () => {
    const faults = faultsOf(
      parseReminders(
        [
          { ...RULE, key: 'One' },
          { ...RULE, template: 'x y', colour: 1 },
        ],
        'r',
      ),
    );
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'r[0].key',
      'r[1].colour is not a known setting.',
      'r[1].template',
    ]);
  });

  it('have each key once', () => {
    expect(faultsOf(parseReminders([RULE, RULE], 'r'))).toEqual(['r: the key one-day stands there twice.']);
  });
});

describe('the quiet hours of a setup file', () => {
  it('are two local times', () => {
    expect(parseQuietHours({ from: '21:00', to: '08:00' }, 'q')).toEqual({
      value: { from: '21:00', to: '08:00' },
    });
  });

  it.each(['24:00', '9:00', '21.00', 1260])('refuse %j', (from) => {
    expect(faultsOf(parseQuietHours({ from, to: '08:00' }, 'q'))).toHaveLength(1);
  });
});
