import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from '../http.js';
import type { Hospital } from '../hospital.js';
import type { World } from '../world.js';
import { SIGNING_ALGS } from './assertion.js';
import { offeredScopes } from './scopes.js';
import { answerToken } from './token-endpoint.js';

/** Answers what belongs to signing in; false for everything else. */
export async function handleSmart(
  world: World,
  { req, res, url }: { req: IncomingMessage; res: ServerResponse; url: URL },
): Promise<boolean> {
  const [, slug = '', place] =
    /^\/([^/]+)\/(fhir\/\.well-known\/smart-configuration|auth\/token)$/.exec(url.pathname) ?? [];
  const hospital = world.hospitals.get(slug);
  if (hospital?.smart.access.mode !== 'smart') return false;
  const tokenUrl = hospital.smart.settings.tokenUrl ?? `${url.origin}/${slug}/auth/token`;
  if (place === 'auth/token') await answerToken(hospital, { req, res, audience: tokenUrl });
  else sendJson(res, 200, configuration(hospital, tokenUrl));
  return true;
}

function configuration(hospital: Hospital, tokenUrl: string): object {
  return {
    token_endpoint: tokenUrl,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: SIGNING_ALGS,
    grant_types_supported: ['client_credentials'],
    scopes_supported: offeredScopes(hospital),
    capabilities: [
      'client-confidential-asymmetric',
      ...hospital.smart.settings.versions.map((version) => `permission-${version}`),
    ],
  };
}
