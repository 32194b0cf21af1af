import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBody, send, sendJson } from '../http.js';
import type { Hospital } from '../hospital.js';
import { checkAssertion, OAuthRefusal } from './assertion.js';
import { negotiate, offeredScopes } from './scopes.js';
import type { SmartServer, TokenFault } from './server.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const LOGIN_PAGE = '<!doctype html><html><head><title>Sign in</title></head><body>Sign in</body></html>';
const DEFAULT_RETRY_SECONDS = 2;
const DEFAULT_DELAY_MS = 1000;

interface Issued {
  token: string;
  kid: string;
  asked: string;
  granted: string;
}

/** POST of an assertion; a token or an OAuth error. */
export async function answerToken(
  hospital: Hospital,
  { req, res, audience }: { req: IncomingMessage; res: ServerResponse; audience: string },
): Promise<void> {
  const { smart } = hospital;
  const body = await readBody(req);
  const fault = smart.takeFault();
  if (fault?.name === 'slow') await sleep(fault.ms ?? DEFAULT_DELAY_MS, undefined, { ref: false });
  else if (fault) return spoil(smart, res, fault);
  res.setHeader('Cache-Control', 'no-store');
  try {
    if (req.method !== 'POST') throw new OAuthRefusal('invalid_request', 'the token endpoint takes POST');
    const { token, ...rest } = await issue(hospital, new URLSearchParams(body), audience);
    smart.record({ status: 200, ...rest });
    sendJson(res, 200, {
      access_token: token,
      token_type: 'bearer',
      expires_in: smart.settings.lifetimeSeconds,
      scope: rest.granted,
    });
  } catch (error) {
    if (!(error instanceof OAuthRefusal)) throw error;
    smart.record({ status: 400, error: error.error });
    sendJson(res, 400, { error: error.error, error_description: error.why });
  }
}

async function issue(hospital: Hospital, form: URLSearchParams, audience: string): Promise<Issued> {
  const { smart } = hospital;
  if (form.get('grant_type') !== 'client_credentials')
    throw new OAuthRefusal('unsupported_grant_type', 'grant_type must be client_credentials');
  const assertion = form.get('client_assertion');
  if (form.get('client_assertion_type') !== ASSERTION_TYPE || !assertion)
    throw new OAuthRefusal('invalid_request', 'a client_assertion of type jwt-bearer is needed');
  const { client, kid } = await checkAssertion(smart, assertion, audience);
  const asked = form.get('scope') ?? '';
  const limits = [offeredScopes(hospital), client.scopes, smart.settings.narrowTo].filter(
    (limit): limit is string[] => Array.isArray(limit),
  );
  const granted = negotiate(asked.split(' '), limits, smart.settings.versions).join(' ');
  if (granted === '') throw new OAuthRefusal('invalid_scope', 'nothing of this can be granted');
  return { token: await smart.tokens.issue(granted, smart.settings.lifetimeSeconds), kid, asked, granted };
}

function spoil(smart: SmartServer, res: ServerResponse, { name, seconds }: TokenFault): void {
  const status = { down: 503, throttle: 429, html: 200, slow: 200 }[name];
  const wait = name === 'throttle' ? (seconds ?? DEFAULT_RETRY_SECONDS) : seconds;
  smart.record({ status });
  const headers = wait === undefined ? undefined : { 'Retry-After': String(wait) };
  const isPage = name === 'html';
  send(res, {
    status,
    headers,
    contentType: isPage ? 'text/html; charset=utf-8' : 'application/json',
    text: isPage ? LOGIN_PAGE : JSON.stringify({ error: 'temporarily_unavailable' }),
  });
}
