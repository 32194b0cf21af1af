import { Fault } from '../../../platform/errors/fault.js';
import { isRecord, numberAt, recordAt, textAt, type Json } from '../domain/json.js';
import { reactionTo, type Refusal } from '../domain/reactions.js';

/** Meta's refusal. `details` may repeat what was sent: for a person at the console, never for a log. */
export interface GraphError extends Refusal {
  details: string | null;
  retryAfterMs: number | null;
}

/** Errors of a connection that was never made, so that no byte of the request left. */
const NEVER_WRITTEN = new Set([
  'ADDRESS_REFUSED',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
  'ERR_INVALID_URL',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Whether a failed call surely never reached the other side. Anything in doubt has. */
export function wasNeverWritten(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && NEVER_WRITTEN.has(code);
}

/** Meta's error envelope in an answer, or null. */
export function refusalIn(body: Json | undefined): GraphError | null {
  const error = body?.['error'];
  if (!isRecord(error)) return null;
  const code = numberAt(error, 'code');
  if (code === null) return null;
  return {
    code,
    subcode: numberAt(error, 'error_subcode'),
    details: textAt(recordAt(error, 'error_data'), 'details'),
    httpStatus: null,
    retryAfterMs: null,
  };
}

/** One odd answer must not close a number for days: after this it is tried again. */
const LONGEST_WAIT_MS = 15 * 60_000;

/** Retry-After in its two forms, seconds and HTTP date; null when absent or unreadable. */
export function retryAfterOf(header: string | string[] | undefined, now: Date): number | null {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return null;
  if (/^\d{1,7}$/.test(value)) return Math.min(LONGEST_WAIT_MS, Number(value) * 1_000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.min(LONGEST_WAIT_MS, Math.max(0, at - now.getTime()));
}

/** A call about the account failed: what to show to the administrator. */
export class GraphFault extends Fault {
  readonly refusal: Refusal | null;

  constructor(refusal: Refusal) {
    const retryable = ['retry', 'slow-number'].includes(reactionTo(refusal));
    const name = refusal.code === null ? `http-${refusal.httpStatus}` : String(refusal.code);
    super({
      code: `whatsapp.refused-${name}`,
      kind: 'remote',
      words: `WhatsApp refused the call (${name}). Check the access token and the ids of the account.`,
      retryable,
      severity: retryable ? 'warning' : 'error',
    });
    this.name = 'GraphFault';
    this.refusal = refusal;
  }

  static away(): Fault {
    return new Fault({
      code: 'whatsapp.away',
      kind: 'remote',
      words: 'WhatsApp did not answer. Check the address of the account, or try again in a moment.',
      retryable: true,
      severity: 'warning',
    });
  }

  static strange(httpStatus: number): Fault {
    return new Fault({
      code: 'whatsapp.strange-answer',
      kind: 'remote',
      words: `What answered (HTTP ${httpStatus}) does not speak the WhatsApp Cloud API. Check the address of the account.`,
      retryable: httpStatus >= 500,
      severity: 'warning',
    });
  }
}
