import { refusalAnswer } from '../fhir/dispatch.js';
import type { Exchange } from '../fhir/exchange.js';
import { type Issue, Refusal } from '../fhir/refusal.js';
import type { Answer } from '../fhir/request.js';
import type { Effect } from './effect.js';
import type { Fault, FaultName } from './fault-book.js';

const DEFAULT_RETRY_SECONDS = 2;

/** Faults that answer for the server: it does nothing. */
export const refusals = {
  'error-500': (exchange) => exchange.answerWith(failure(500, 'exception', 'The server failed')),
  'error-503': (exchange, fault) =>
    exchange.answerWith(
      failure(503, 'transient', 'The server is down for maintenance', retryAfter(exchange, fault)),
    ),
  throttle: (exchange, fault) =>
    exchange.answerWith(failure(429, 'throttled', 'Too many requests', throttled(exchange, fault))),
  locked: (exchange, fault) =>
    exchange.answerWith(
      failure(423, 'lock-error', 'Somebody has the record open', retryAfter(exchange, fault)),
    ),
  'failed-dependency': (exchange, fault) =>
    exchange.answerWith(
      failure(424, 'processing', 'What the change needs could not be done', retryAfter(exchange, fault)),
    ),
  stale: (exchange, { status = 409 }) =>
    exchange.answerWith(failure(status, 'conflict', 'The resource was changed by somebody else')),
  forbidden: ({ raw, answerWith }) => {
    const vendorCode = raw.hospital.profile.codes.restricted;
    const issue: Issue = { code: 'forbidden', diagnostics: 'This record is restricted', vendorCode };
    answerWith(refusalAnswer(new Refusal(403, issue)));
  },
  'not-acceptable': (exchange) => exchange.answerWith({ status: 406 }),
} satisfies Partial<Record<FaultName, Effect>>;

export function failure(
  status: number,
  code: Issue['code'],
  diagnostics: string,
  headers: Record<string, string> = {},
): Answer {
  return refusalAnswer(new Refusal(status, { code, diagnostics }, headers));
}

/** A vendor that is silent about when to come back says it only where the fault asks for that. */
function throttled(exchange: Exchange, fault: Fault): Record<string, string> {
  const { throttling } = exchange.raw.hospital.profile;
  if (throttling === 'silent') return retryAfter(exchange, fault);
  const { seconds = DEFAULT_RETRY_SECONDS } = fault;
  return {
    ...retryAfter(exchange, { ...fault, seconds }),
    ...(throttling === 'rate-limit' && { RateLimit: `"sandbox";r=0;t=${seconds}` }),
  };
}

function retryAfter(
  { raw }: Exchange,
  { seconds, form }: Pick<Fault, 'seconds' | 'form'>,
): Record<string, string> {
  if (seconds === undefined) return {};
  const until = new Date(raw.hospital.clock.now().getTime() + seconds * 1000);
  return { 'Retry-After': form === 'date' ? until.toUTCString() : String(seconds) };
}
