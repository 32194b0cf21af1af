import type { ServerFacts } from '../database/server-facts.js';
import type { Sessions } from '../database/ask.js';
import { lockCheck, loginCheck, reachable } from './database-checks.js';
import { diskFinding } from './disk-check.js';
import { clockCheck, durabilityCheck, keepaliveCheck, logCheck, sessionCheck } from './server-checks.js';

const sound: ServerFacts = {
  version: '18.0',
  versionNumber: 180_000,
  login: 'carethread_app',
  superuser: false,
  bypassesRowSecurity: false,
  ownsTables: false,
  maxLocksPerTransaction: 1_024,
  maxConnections: 100,
  keepalivesIdle: 10,
  clockAheadMs: 3,
  settings: {
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
  },
};

describe('the doctor on the server', () => {
  const withSetting = (name: string, value: string): ServerFacts => ({
    ...sound,
    settings: { ...sound.settings, [name]: value },
  });

  it('is content with a sound one', () => {
    const all = [reachable, keepaliveCheck, durabilityCheck, logCheck, clockCheck].map((check) =>
      check(sound),
    );
    expect(all.filter(({ state }) => state !== 'ok')).toEqual([]);
  });

  it('finds one that is too old', () => {
    expect(reachable({ version: '14.19', versionNumber: 140_019 }).state).toBe('broken');
    expect(reachable({ version: '15.0', versionNumber: 150_000 }).state).toBe('ok');
  });

  it.each(['fsync', 'full_page_writes', 'synchronous_commit'])('finds one that loses commits: %s', (name) => {
    expect(durabilityCheck(withSetting(name, 'off'))).toMatchObject({
      state: 'broken',
      remedy: expect.stringContaining(`${name} = on`),
    });
  });

  it.each([
    ['log_parameter_max_length', '-1'],
    ['log_parameter_max_length_on_error', '-1'],
    ['log_error_verbosity', 'default'],
    ['log_min_error_statement', 'error'],
  ])('finds one whose log shows values: %s', (name, value) => {
    expect(logCheck(withSetting(name, value))).toMatchObject({
      state: 'broken',
      remedy: expect.stringMatching(new RegExp(`^Set ${name} = `)),
    });
  });

  it.each([
    [10, 'ok'],
    [60, 'ok'],
    [61, 'warning'],
    [0, 'warning'],
  ])('looks for dead clients after %i s: %s', (keepalivesIdle, state) => {
    expect(keepaliveCheck({ keepalivesIdle }).state).toBe(state);
  });

  it.each([
    [2_000, 'ok'],
    [-2_000, 'ok'],
    [2_001, 'broken'],
    [-2_001, 'broken'],
  ])('has a clock %i ms ahead: %s', (clockAheadMs, state) => {
    expect(clockCheck({ clockAheadMs }).state).toBe(state);
  });

  it.each([
    ['each connection has a process of its own', [1, 2, 1], 'ok'],
    ['the second borrows the process of the first', [1, 1, 1], 'broken'],
    ['the first comes back to another process', [1, 2, 3], 'broken'],
  ] as [string, Sessions, string][])('finds a pool between transactions: %s', (_what, sessions, state) => {
    expect(sessionCheck(sessions).state).toBe(state);
  });
});

describe('the doctor on the disk', () => {
  it.each([
    [10, 'ok'],
    [1, 'warning'],
    [0.1, 'broken'],
  ])('with %d GiB left: %s', (gib, state) => {
    expect(diskFinding('.data', gib * 2 ** 30).state).toBe(state);
  });
});

describe('the doctor on the login', () => {
  it('is content with one that owns nothing', () => {
    expect(loginCheck(sound, true).state).toBe('ok');
  });

  it.each(['superuser', 'bypassesRowSecurity', 'ownsTables'] as const)(
    'finds one too powerful: %s',
    (power) => {
      const powerful = { ...sound, [power]: true };

      expect(loginCheck(powerful, true)).toMatchObject({
        state: 'broken',
        remedy: expect.stringContaining('DATABASE_URL'),
      });
      expect(loginCheck(powerful, false).state).toBe('warning');
    },
  );
});

describe('the doctor on the lock table', () => {
  it.each([
    [1_024, 100, 'ok'],
    [512, 100, 'warning'],
    [512, 200, 'ok'],
    [64, 100, 'warning'],
    [10, 100, 'warning'],
  ])('%i locks × %i connections: %s', (maxLocksPerTransaction, maxConnections, state) => {
    expect(lockCheck({ ...sound, maxLocksPerTransaction, maxConnections }).state).toBe(state);
  });
});
