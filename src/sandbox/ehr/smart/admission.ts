import type { RawRequest } from '../fhir/dispatch.js';
import { Refusal } from '../fhir/refusal.js';
import type { Hospital } from '../hospital.js';
import { isResourceType } from '../resource.js';
import type { World } from '../world.js';
import { admitsRequest } from './scopes.js';
import { issuerOf } from './tokens.js';

/** Why a FHIR request is turned away; undefined when it may come in. What a server can do, it tells anybody. */
export async function turnedAway(world: World, raw: RawRequest): Promise<Refusal | undefined> {
  const { access } = raw.hospital.smart;
  if (access.mode === 'none' || raw.route.interaction === 'capabilities') return undefined;
  const shown = raw.headers.authorization ?? '';
  if (access.mode === 'smart') return byToken(world, raw, shown);
  const wanted =
    access.mode === 'bearer'
      ? `Bearer ${access.token}`
      : `Basic ${Buffer.from(`${access.username}:${access.password}`).toString('base64')}`;
  return shown === wanted
    ? undefined
    : unauthorised(raw.hospital, access.mode === 'bearer' ? 'Bearer' : 'Basic');
}

async function byToken(world: World, raw: RawRequest, shown: string): Promise<Refusal | undefined> {
  const { hospital } = raw;
  const [, token = ''] = /^Bearer (\S+)$/.exec(shown) ?? [];
  const issuer = world.hospitals.get(issuerOf(token) ?? '');
  const scopes = await issuer?.smart.tokens.scopesOf(token);
  if (!scopes) return unauthorised(hospital, 'Bearer');
  if (issuer !== hospital) return ofAnotherTenant(hospital);
  return mayAsk(raw, scopes) ? undefined : forbidden('The token does not allow this');
}

/** Oracle Health answers a good token of another tenant with 403 (reference: "Modified wrong tenant = 403, not 404"). */
function ofAnotherTenant(hospital: Hospital): Refusal {
  return hospital.profileName.startsWith('oracle')
    ? forbidden('The token is of another tenant')
    : unauthorised(hospital, 'Bearer');
}

function mayAsk({ route, params }: RawRequest, scopes: string[]): boolean {
  const { typeName, interaction } = route;
  // What does not exist is answered as such.
  if (!isResourceType(typeName) || !interaction) return true;
  const included = params.getAll('_include').map((name) => capitalised(name.split(':')[1] ?? ''));
  return (
    admitsRequest(scopes, typeName, interaction) &&
    included.every((type) => !isResourceType(type) || admitsRequest(scopes, type, 'read'))
  );
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const forbidden = (diagnostics: string): Refusal => new Refusal(403, { code: 'forbidden', diagnostics });

function unauthorised({ slug }: Hospital, scheme: 'Bearer' | 'Basic'): Refusal {
  const error = scheme === 'Bearer' ? ', error="invalid_token"' : '';
  return new Refusal(
    401,
    { code: 'login', diagnostics: 'Sign in first' },
    { 'WWW-Authenticate': `${scheme} realm="${slug}"${error}` },
  );
}
