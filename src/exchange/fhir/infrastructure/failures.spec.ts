import { faultOf } from './failures.js';
import { badReference } from './fhir-fault.js';

const network = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });

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
