import { faultOf } from './failures.js';
import { badReference } from './fhir-fault.js';

const network = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });

/** As fhir-kit-client throws it. */
const answer = (status: number, data: object = {}) =>
  Object.assign(new Error('HTTP'), { response: { status, data }, config: { headers: new Headers() } });

describe('what a call threw', () => {
  it.each([
    ['ECONNREFUSED', 'fhir.unavailable', 'not-done'],
    ['UND_ERR_CONNECT_TIMEOUT', 'fhir.unavailable', 'not-done'],
    ['ADDRESS_REFUSED', 'fhir.address-refused', 'not-done'],
    ['UND_ERR_SOCKET', 'fhir.unavailable', 'unknown'],
    ['ECONNRESET', 'fhir.unavailable', 'unknown'],
    ['UND_ERR_HEADERS_TIMEOUT', 'fhir.unavailable', 'unknown'],
    ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'fhir.too-large', 'unknown'],
  ])('%s becomes %s, %s', (code, fault, effect) => {
    expect(faultOf(network(code))).toMatchObject({ code: fault, effect });
  });

  it.each([
    [408, 'fhir.unavailable', true, 'unknown'],
    [423, 'fhir.unavailable', true, 'not-done'],
    [424, 'fhir.unavailable', true, 'not-done'],
    [425, 'fhir.unavailable', true, 'not-done'],
    [429, 'fhir.limited', true, 'not-done'],
    [500, 'fhir.unavailable', true, 'unknown'],
    [502, 'fhir.unavailable', true, 'unknown'],
    [503, 'fhir.unavailable', true, 'not-done'],
    [504, 'fhir.unavailable', true, 'unknown'],
    [400, 'fhir.refused', false, 'not-done'],
    [401, 'fhir.unauthorised', false, 'not-done'],
    [403, 'fhir.forbidden', false, 'not-done'],
    [404, 'fhir.not-found', false, 'not-done'],
    [409, 'fhir.conflict', false, 'not-done'],
    [410, 'fhir.gone', false, 'not-done'],
    [412, 'fhir.conflict', false, 'not-done'],
    [422, 'fhir.refused', false, 'not-done'],
  ])('%i becomes %s, tried again: %s, %s', (status, code, retryable, effect) => {
    expect(faultOf(answer(status))).toMatchObject({ status, code, retryable, effect });
  });

  it.each(['4130', '4131', '4134'])('403 with %s is a record behind break-the-glass', (code) => {
    const data = {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'fatal', code: 'suppressed', details: { coding: [{ code }] } }],
    };
    expect(faultOf(answer(403, data))).toMatchObject({ code: 'fhir.restricted', retryable: false });
  });

  it('at the deadline leaves the outcome open', () => {
    expect(faultOf(new DOMException('late', 'TimeoutError'))).toMatchObject({
      code: 'fhir.unavailable',
      effect: 'unknown',
    });
  });

  it('stays what it is when it is a fault already, or a mistake of ours', () => {
    const fault = badReference();
    expect(faultOf(fault)).toBe(fault);
    const mistake = new RangeError('ours');
    expect(() => faultOf(mistake)).toThrow(mistake);
  });
});
