import { type Dispatcher, request } from 'undici';
import { createOutbound } from '../../../../platform/outbound/index.js';
import { addressRefused, codesOf, retryAfterSeconds } from '../failures.js';
import { signInUnavailable } from './sign-in-fault.js';

/** One request, its answer included. Whoever waits for a token waits with a whole sync behind. */
const CALL_MS = 10_000;
/** A CapabilityStatement, the longest of what is read here, has some megabytes at Epic. */
const MAX_RESPONSE_BYTES = 10_000_000;
/** One token at a time; a second for what tells where to get it. */
const CONNECTIONS = 2;

export interface JsonAnswer {
  status: number;
  /** undefined when it is no JSON object. */
  body: Record<string, unknown> | undefined;
  retryAfterSeconds: number | undefined;
}

/** Asks for JSON without credentials, redirects or retries. Throws SignInFault and `fhir.address-refused`. */
export class JsonHttp {
  private readonly outbound: Dispatcher;

  constructor(allowPrivateNetwork: boolean) {
    this.outbound = createOutbound({
      allowPrivateNetwork,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      connections: CONNECTIONS,
    });
  }

  get(url: string): Promise<JsonAnswer> {
    return this.send(url, { method: 'GET' });
  }

  postForm(url: string, form: Record<string, string>): Promise<JsonAnswer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.send(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() });
  }

  close(): Promise<void> {
    return this.outbound.destroy();
  }

  private async send(
    url: string,
    what: { method: 'GET' | 'POST'; headers?: Record<string, string>; body?: string },
  ): Promise<JsonAnswer> {
    const headers = { ...what.headers, accept: 'application/json' };
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await request(url, {
        ...what,
        headers,
        dispatcher: this.outbound,
        signal: AbortSignal.timeout(CALL_MS),
      });
      const wait = answered['retry-after'];
      return {
        status: statusCode,
        body: objectOf(await body.text()),
        retryAfterSeconds: typeof wait === 'string' ? retryAfterSeconds(wait, Date.now()) : undefined,
      };
    } catch (error) {
      // Whatever it says may name the address; the code alone decides.
      throw codesOf(error).includes('ADDRESS_REFUSED') ? addressRefused() : signInUnavailable();
    }
  }
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
