import type { Scopes } from '../../domain/smart.js';
import type { JsonAnswer, JsonHttp } from './json-http.js';
import { scopeRefused, type SignInFault, signInRefused, signInUnavailable } from './sign-in-fault.js';

export interface Grant {
  token: string;
  lifetimeSeconds: number;
  scopes: Scopes;
}

const BEARER_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** SMART App Launch 2.2, backend services: a token should not live longer; taken where none is said. */
const USUAL_LIFETIME_SECONDS = 300;
const TOKEN = /^[\x21-\x7e]{1,10000}$/;
/** Answers that say nothing of us. */
const NOT_NOW = new Set([408, 425, 429]);

/** Trades an assertion for a token: one request. Throws SignInFault, which says nothing of what was sent or answered. */
export async function requestToken(
  http: JsonHttp,
  url: string,
  { assertion, asked }: { assertion: string; asked: string[] },
): Promise<Grant> {
  const answer = await http.postForm(url, {
    grant_type: 'client_credentials',
    scope: asked.join(' '),
    client_assertion_type: BEARER_ASSERTION,
    client_assertion: assertion,
  });
  return grantOf(answer, asked);
}

function grantOf(answer: JsonAnswer, asked: string[]): Grant {
  const { status, body } = answer;
  if (status !== 200 && status !== 201) throw faultOf(answer);
  const { access_token: token, token_type: type, expires_in: lifetime, scope } = body ?? {};
  const isToken = typeof token === 'string' && TOKEN.test(token) && /^bearer$/i.test(String(type));
  // A login page or a proxy, not the token endpoint.
  if (!isToken) throw signInUnavailable();
  return {
    token,
    lifetimeSeconds: typeof lifetime === 'number' && lifetime > 0 ? lifetime : USUAL_LIFETIME_SECONDS,
    // RFC 6749 section 5.1: left out when it is what was asked for.
    scopes: { asked, granted: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : asked },
  };
}

function faultOf({ status, body, retryAfterSeconds }: JsonAnswer): SignInFault {
  const isAnswer = status >= 400 && status < 500 && !NOT_NOW.has(status);
  if (!isAnswer) return signInUnavailable(retryAfterSeconds);
  return body?.['error'] === 'invalid_scope' ? scopeRefused() : signInRefused();
}
