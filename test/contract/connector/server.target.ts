import { setTimeout as sleep } from 'node:timers/promises';
import type { Communication } from 'fhir/r4.js';
import { findCopies } from '../../../src/exchange/fhir/application/find-copies.js';
import { soughtOf } from '../../../src/exchange/fhir/domain/sought.js';
import { type Connector, openConnector, type Opened, type SeenVisit, type Target } from './target.js';
import type { Witness } from './target.js';

type Environment = Record<string, string | undefined>;

/** Of the visits that are known here so many are read once more. */
const SAMPLE = 10;
/** HealthLake shows a change later, mostly within seconds. */
const LAG_MS = 20_000;

/**
 * Any server, named by the environment (docs/connect-ehr.md, "Try your own EHR first"). Throws an Error in words where
 * something is missing.
 */
export function serverTarget(env: Environment): Target {
  const baseUrl = needed(env, 'EHR_URL', 'the FHIR base address, below which /metadata lies');
  const mayWrite = env.EHR_WRITE === '1';
  if (mayWrite) needed(env, 'EHR_PATIENT', 'a patient for trials, like Patient/1, to write about');
  const connection = {
    baseUrl,
    profile: env.EHR_PROFILE ?? 'auto',
    auth: authOf(env),
    allowPrivateNetwork: true,
    ...settingsOf(env),
  };
  return {
    name: 'the server at EHR_URL',
    mayWrite,
    promises: {},
    lacks: null,
    open: () => openServer(connection, env),
  };
}

function needed(env: Environment, name: string, what: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is missing: ${what}.`);
  return value;
}

function authOf(env: Environment): object {
  const type = env.EHR_AUTH_TYPE ?? 'none';
  switch (type) {
    case 'none':
      return { type };
    case 'bearer':
      needed(env, 'EHR_TOKEN', 'the bearer token');
      return { type, token: { env: 'EHR_TOKEN' } };
    case 'basic':
      needed(env, 'EHR_PASSWORD', 'the password');
      return { type, username: needed(env, 'EHR_USERNAME', 'the user'), password: { env: 'EHR_PASSWORD' } };
    case 'smart-backend':
      return {
        type,
        clientId: needed(env, 'EHR_CLIENT_ID', 'the client id that the EHR gave the app'),
        privateKey: { file: needed(env, 'EHR_PRIVATE_KEY_FILE', 'a file with the private key (PEM or JWK)') },
      };
    default:
      throw new Error(`EHR_AUTH_TYPE is none, basic, bearer or smart-backend, not ${type}.`);
  }
}

/** What else the setup file would say of the connection. */
function settingsOf({ EHR_SETTINGS: text = '{}' }: Environment): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new Error('EHR_SETTINGS must be JSON, such as {"sync":{"locations":["Location/1"]}}.');
  }
}

async function openServer(connection: object, env: Environment): Promise<Opened> {
  const connector = await openConnector(connection);
  return {
    ...connector,
    witness: witnessOf(connector, env),
    now: new Date(),
    sync: () => connector.fhir.sync(connector.ctx, connector.connectionId),
  };
}

function witnessOf(connector: Connector, env: Environment): Witness {
  const { clients, ctx, connectionId, fhir } = connector;
  const where = async () => ({
    connected: await clients.of(ctx, connectionId),
    capabilities: await fhir.capabilities(ctx, connectionId),
  });

  async function seen(id: string): Promise<SeenVisit> {
    const { connected } = await where();
    const { resource } = await connected.client.read('Appointment', id);
    return { id, versionId: resource.meta?.versionId };
  }

  return {
    visits: async (known) => {
      const found: SeenVisit[] = [];
      for (const id of known.slice(0, SAMPLE)) found.push(await seen(id));
      return found;
    },
    visitToChange: async () => env.EHR_APPOINTMENT?.replace('Appointment/', '') ?? null,
    patient: async () => needed(env, 'EHR_PATIENT', 'a patient for trials'),
    example: async () => null,
    service: async () => env.EHR_SERVICE ?? null,
    copies: async (written) => {
      const identifier = written.identifier![0] as { system: string; value: string };
      const subjects = written.subject?.reference ? [written.subject.reference] : [];
      const sought = soughtOf(
        { identifier, resource: written },
        { postedAt: null, now: new Date(), subjects },
      );
      const found = await findCopies(await where(), sought, { thorough: true });
      return (found ?? []) as Communication[];
    },
    catchUp: async () => {
      if (env.EHR_PROFILE === 'healthlake') await sleep(LAG_MS);
    },
  };
}
