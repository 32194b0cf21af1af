import { types } from 'node:util';
import { AddressRefused } from '../../../platform/outbound/index.js';
import { codesOfOutcome } from '../domain/search-page.js';
import {
  type Effect,
  FhirFault,
  limited,
  notFhir,
  redirected,
  refused,
  restricted,
  tooLarge,
  unavailable,
} from './fhir-fault.js';

/** What fhir-kit-client throws for an answer. Its message and config.url carry the query: they are not read. */
interface AnswerError {
  response: { status: number; data: unknown };
  config: { headers: Headers };
}

/** No byte of the request was sent: these happen before. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Statuses that RFC 9110, 6585 and 4918 define as "not done, try again". */
const NOT_YET = new Set([423, 424, 425, 503]);
/** Somewhere on the way it went wrong, perhaps after the EHR had done it. */
const PERHAPS_DONE = new Set([408, 500, 502, 504]);

/** Epic: break-the-glass is needed, was refused, or is not allowed to a background system. */
const BREAK_THE_GLASS = new Set(['4130', '4131', '4134']);

/**
 * Turns what a call threw into a fault that may be shown and logged. Throws on what is no failure of a call.
 * `isOurs` says of the address of a redirect whether it is on the EHR's own server.
 */
export function faultOf(error: unknown, isOurs: (address: string) => boolean = () => true): FhirFault {
  if (error instanceof FhirFault) return error;
  if (isAnswer(error)) return faultOfAnswer(error, isOurs);
  if (isNoObject(error)) return notFhir(null, 'unknown');
  if (isNetwork(error)) return faultOfNetwork(error);
  throw error;
}

function isAnswer(error: unknown): error is AnswerError {
  return types.isNativeError(error) && 'response' in error && 'config' in error;
}

/** fhir-kit-client marks each answer as a property of its body: it stumbles over a body like `null` or `"yes"`. */
function isNoObject(error: unknown): boolean {
  return types.isNativeError(error) && error.message === 'Object.defineProperty called on non-object';
}

/** fetch throws a bare TypeError with a cause, and a DOMException at the deadline. */
function isNetwork(error: unknown): boolean {
  if (types.isNativeError(error)) return error.name === 'TypeError' && 'cause' in error;
  return ['TimeoutError', 'AbortError'].includes((error as Partial<Error> | null)?.name ?? '');
}

function faultOfAnswer({ response, config }: AnswerError, isOurs: (address: string) => boolean): FhirFault {
  const { status, data } = response;
  if (status >= 300 && status < 400) {
    const location = config.headers.get('location');
    return redirected(status, location !== null && !isOurs(location));
  }
  const wait = pauseAskedBy(config.headers);
  if (status === 429) return limited(status, wait);
  if (NOT_YET.has(status)) return unavailable(status, 'not-done', wait);
  if (PERHAPS_DONE.has(status) || status > 504) return unavailable(status, 'unknown', wait);
  // fhir-kit-client throws for a good status when the body is no JSON.
  // 406: it speaks another format (Oracle Health, with an empty body), which says nothing of what it holds.
  if (status < 300 || status === 406) return notFhir(status, 'unknown');
  return refusalOf(status, data);
}

function refusalOf(status: number, data: unknown): FhirFault {
  if (typeof data === 'string' && data.trimStart().startsWith('<')) return withoutOutcome(status);
  if (status === 403 && codesOfOutcome(data).some((code) => BREAK_THE_GLASS.has(code)))
    return restricted(status);
  return refused(status);
}

/** A 404 page of a proxy is not the EHR saying that the record does not exist. */
function withoutOutcome(status: number): FhirFault {
  return [404, 410].includes(status) ? notFhir(status) : refused(status);
}

function faultOfNetwork(error: unknown): FhirFault {
  const codes = codesOf(error);
  if (codes.includes('UND_ERR_RES_EXCEEDED_MAX_SIZE')) return tooLarge();
  if (codes.includes(new AddressRefused().code)) return addressRefused();
  const effect: Effect = codes.some((code) => BEFORE_SENDING.has(code)) ? 'not-done' : 'unknown';
  return unavailable(null, effect);
}

export function addressRefused(): FhirFault {
  return new FhirFault({
    code: 'fhir.address-refused',
    kind: 'remote',
    words: 'The EHR lies in a private network. Allow it in the connection if that is right.',
    severity: 'error',
  });
}

/** The codes of an error and of what caused it. */
export function codesOf(error: unknown): string[] {
  if (!types.isNativeError(error)) return [];
  const { code } = error as { code?: unknown };
  return [...(typeof code === 'string' ? [code] : []), ...codesOf(error.cause)];
}

/** A date in Retry-After is one of the EHR's own clock, which may be minutes away from ours. */
function clockOf(headers: Headers): number {
  const at = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(at) ? Date.now() : at;
}

function pauseAskedBy(headers: Headers): number | undefined {
  const asked = retryAfterSeconds(headers.get('retry-after'), clockOf(headers));
  return asked === undefined ? undefined : Math.min(asked, LONGEST_PAUSE_S);
}

/** A proxy that asks for days must not keep a hospital's reminders from being read for so long. */
const LONGEST_PAUSE_S = 3_600;

/** Retry-After as RFC 9110 section 10.2.3 has it: seconds, or an HTTP date. Undefined when absent or senseless. */
export function retryAfterSeconds(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,7}$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1_000));
}
