import type { ServerFacts } from '../database/server-facts.js';
import { lockCheck, loginCheck } from './database-checks.js';

const sound: ServerFacts = {
  version: '18.0',
  versionNumber: 180_000,
  login: 'carethread_app',
  superuser: false,
  bypassesRowSecurity: false,
  ownsTables: false,
  maxLocksPerTransaction: 1_024,
  maxConnections: 100,
};

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
    [64, 100, 'ok'],
    [64, 40, 'warning'],
    [10, 100, 'warning'],
  ])('%i locks × %i connections: %s', (maxLocksPerTransaction, maxConnections, state) => {
    expect(lockCheck({ ...sound, maxLocksPerTransaction, maxConnections }).state).toBe(state);
  });
});
