import { ConfigurationFault } from '../../platform/config/settings.js';
import { DatabaseFault } from '../../platform/database/database-fault.js';
import { Fault, type FaultKind, notFound } from '../../platform/errors/fault.js';
import { failureOf, UsageFault } from './exit-codes.js';

const fault = (kind: FaultKind, code: string, retryable = false) =>
  new Fault({ kind, code, words: 'Words.', retryable });

describe('exit codes', () => {
  it.each([
    ['a wrong argument', new UsageFault('No.'), 2],
    ['a wrong configuration', new ConfigurationFault(['No.']), 78],
    ['a thing that does not exist', notFound('job'), 1],
    ['no credentials', fault('unauthenticated', 'identity.unknown-key'), 4],
    ['a right that is missing', fault('forbidden', 'identity.forbidden'), 4],
    ['an EHR that refuses', fault('remote', 'fhir.refused'), 5],
    ['an EHR that is away', fault('unavailable', 'fhir.unavailable', true), 5],
    ['an EHR that is not itself', fault('unavailable', 'fhir.not-fhir', true), 5],
    ['an EHR that wants to be asked later', fault('unavailable', 'fhir.limited', true), 75],
    ['a sync under way', fault('conflict', 'fhir.sync-running', true), 75],
    ['keys that are away', fault('unavailable', 'vault.keyring-unavailable', true), 75],
    ['a database that is away', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 75],
    ['a database whose name nobody knows', Object.assign(new Error('dns'), { code: 'ENOTFOUND' }), 78],
    ['a login that the database refuses', new DatabaseFault({ code: '28P01' }), 78],
    ['something unknown', new Error('Ann Example, +1 202 555 0123'), 1],
  ])('%s', (_, error, exit) => {
    expect(failureOf(error).exit).toBe(exit);
  });

  it('never repeats the message of an unknown error', () => {
    expect(JSON.stringify(failureOf(new Error('Ann Example, +1 202 555 0123')))).not.toMatch(/Ann|555/);
  });
});
