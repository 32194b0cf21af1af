import { Fault } from '../../../platform/errors/fault.js';
import { MAX_ATTEMPTS, setbackOf } from './retry.policy.js';

const fault = (code: string, retryable: boolean, retryAfterSeconds?: number) =>
  new Fault({ code, kind: 'remote', words: '', retryable, retryAfterSeconds });
const away = fault('fhir.unavailable', true);

describe('a write that did not succeed', () => {
  it.each([
    ['EHR away: again later', [away, 'composed', 1], { state: 'composed', pauseSeconds: 15 }],
    ['outcome unknown: unknown', [fault('fhir.unknown-outcome', true), 'composed', 1], { state: 'unknown' }],
    [
      'once unknown: unknown until the EHR is seen',
      [away, 'unknown', 2],
      { state: 'unknown', pauseSeconds: 30 },
    ],
    [
      'a failure nobody foresaw: again later',
      [new Error('x'), 'composed', 1],
      { reason: 'unexpected', pauseSeconds: 15 },
    ],
    [
      'a refusal: refused',
      [fault('fhir.refused', false), 'composed', 1],
      { state: 'refused', reason: 'fhir.refused' },
    ],
    [
      'it may be there and cannot be looked up: dead, for a person',
      [fault('fhir.cannot-look-up', false), 'composed', 1],
      { state: 'dead', reason: 'fhir.cannot-look-up' },
    ],
    [
      'it is there twice: dead, for a person',
      [fault('fhir.several-copies', false), 'composed', 1],
      { state: 'dead', reason: 'fhir.several-copies' },
    ],
    ['a retraction while the EHR is away: again later', [away, 'retracting', 1], { state: 'retracting' }],
    [
      'a retraction that the EHR refuses: taken back with us',
      [fault('fhir.forbidden', false), 'retracting', 1],
      { state: 'retracted', reason: 'fhir.forbidden' },
    ],
    [
      'a retraction tried too often: taken back with us',
      [away, 'retracting', MAX_ATTEMPTS],
      { state: 'retracted' },
    ],
    ['too often: dead', [away, 'composed', MAX_ATTEMPTS], { state: 'dead', reason: 'fhir.unavailable' }],
    [
      'the EHR names a pause: at least that',
      [fault('fhir.limited', true, 900), 'composed', 1],
      { pauseSeconds: 900 },
    ],
    ['the longest pause: an hour', [away, 'composed', 60], { pauseSeconds: 3_600 }],
  ] as [string, Parameters<typeof setbackOf>, object][])('%s', (_what, given, setback) => {
    expect(setbackOf(...given)).toMatchObject(setback);
  });
});
