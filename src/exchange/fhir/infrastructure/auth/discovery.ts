import type { CapabilityStatement } from 'fhir/r4.js';
import { faultOfTokenUrl } from '../../domain/smart.js';
import type { JsonAnswer, JsonHttp } from './json-http.js';
import { badTokenEndpoint, noTokenEndpoint, signInUnavailable } from './sign-in-fault.js';

/** Where to sign in, and how scopes are written there. */
export interface TokenEndpoint {
  url: string;
  version: 'v1' | 'v2';
  /** The scopes that it says it knows; none when it does not say. */
  supported: string[];
}

export interface DiscoverySettings {
  baseUrl: string;
  /** The hospital's own word for it; null: as the EHR says. */
  tokenUrl: string | null;
  allowPrivateNetwork: boolean;
}

/** SMART before 2.0 said it in the CapabilityStatement. */
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/** Reads `.well-known/smart-configuration`, else the CapabilityStatement. Throws SignInFault. */
export async function discover(http: JsonHttp, settings: DiscoverySettings): Promise<TokenEndpoint> {
  const { baseUrl, tokenUrl, allowPrivateNetwork } = settings;
  const said = present(await http.get(`${baseUrl}/.well-known/smart-configuration`));
  const url = tokenUrl ?? textOf(said?.['token_endpoint']) ?? (await fromStatement(http, baseUrl));
  if (!url) throw noTokenEndpoint();
  if (faultOfTokenUrl(url, allowPrivateNetwork)) throw badTokenEndpoint();
  const isV2 = textsOf(said?.['capabilities']).includes('permission-v2');
  return { url, version: isV2 ? 'v2' : 'v1', supported: textsOf(said?.['scopes_supported']) };
}

async function fromStatement(http: JsonHttp, baseUrl: string): Promise<string | undefined> {
  const statement = present(await http.get(`${baseUrl}/metadata`)) as CapabilityStatement | undefined;
  const uris = statement?.rest?.[0]?.security?.extension?.find(({ url }) => url === OAUTH_URIS);
  return uris?.extension?.find(({ url }) => url === 'token')?.valueUri;
}

/** Absent is an answer, away is none: what an EHR in trouble does not say must not be taken for what it does not have. */
function present({ status, body, retryAfterSeconds }: JsonAnswer): Record<string, unknown> | undefined {
  if (status >= 500 || status === 429) throw signInUnavailable(retryAfterSeconds);
  return status === 200 ? body : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
