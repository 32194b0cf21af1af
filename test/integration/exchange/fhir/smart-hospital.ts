import { FhirFacade } from '../../../../src/exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { type Context, systemContext } from '../../../../src/platform/context/context.js';
import { publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import type { Settings } from '../../../../src/platform/config/settings.js';
import type { TokenRequest } from '../../../../src/sandbox/ehr/smart/server.js';
import { startApp, type TestApp } from '../../../support/app.js';
import { setClock } from './database.js';
import { BEGIN, organizationOf, type Slug } from './hospital.js';
import { startStandIn, type StandIn } from './stand-in.js';

export const CLIENT_ID = 'carethread-at-the-hospital';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, never> & { id: string; code: string };
}

export type SmartHospital = Awaited<ReturnType<typeof openSmartHospital>>;

/** The product over HTTP, one connection, and a stand-in that lets nobody in without a token. */
export async function openSmartHospital(
  slug: Slug,
  { auth = {}, client = {}, settings }: { auth?: object; client?: object; settings?: Partial<Settings> } = {},
) {
  const ehr = await startStandIn(BEGIN);
  const said = { auth: { type: 'smart-backend', clientId: CLIENT_ID, ...auth } };
  const setup = { organizations: [organizationOf(slug, ehr.url, said)] };
  // Loops stay asleep: what happens here is asked for here.
  const test = await startApp(setup, 'web', settings);
  await setClock(test.database, BEGIN);
  const organizations = test.app.get(OrganizationsFacade, { strict: false });
  const ctx: Context = systemContext((await organizations.all())[0]!.id, 'test');
  const fhir = test.app.get(FhirFacade, { strict: false });
  const connectionId: Uuid = (await fhir.connections(ctx))[0]!.id;
  const id = publicId('ehr', connectionId);
  const control = controlOf(ehr, slug);
  const patient = `Patient/${(await ehr.all(slug, 'Patient'))[0]!.id}`;
  await control('PUT', 'access', { mode: 'smart' });
  const jwksUrl = `${test.url}/.well-known/jwks/${id}.json`;
  await control('PUT', 'smart-client', { clientId: CLIENT_ID, jwksUrl, ...client });

  return {
    ...{ test, ehr, setup, slug, ctx, fhir, connectionId, id, jwksUrl, control, patient },
    call: (method: string, path: string, more: Asked = {}) => call(test, method, path, more),
    read: () => fhir.read(ctx, connectionId, patient),
    tokenRequests: async () => (await control<{ data: TokenRequest[] }>('GET', 'token-requests')).data,
    /** Both clocks stand this long after the beginning. */
    at: async (seconds: number) => {
      const instant = new Date(BEGIN.getTime() + seconds * 1_000);
      await setClock(test.database, instant);
      await ehr.control('POST', 'clock', { set: instant.toISOString() });
    },
    close: async () => {
      await test.close();
      await ehr.close();
    },
  };
}

export function controlOf({ control }: StandIn, slug: string) {
  return <T>(method: string, part: string, body?: unknown): Promise<T> =>
    control<T>(method, `hospitals/${slug}/${part}`, body);
}

interface Asked {
  body?: unknown;
  headers?: Record<string, string>;
}

async function call(test: TestApp, method: string, path: string, { body, headers }: Asked): Promise<Answer> {
  const answer = await fetch(`${test.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${test.apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: JSON.parse(text === '' ? '{}' : text) as Answer['body'],
  };
}
