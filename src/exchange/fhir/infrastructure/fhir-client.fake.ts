import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResourceKey } from '../domain/reference.js';
import { fixedCredentials } from './auth/credentials.js';
import { FhirClient, type FhirClientSettings } from './fhir-client.js';
import type { ForeignPlace } from './fhir-fault.js';

export type Answer = (req: IncomingMessage, res: ServerResponse) => void;

export const PATIENT = { resourceType: 'Patient', id: '1' };
export const json =
  (body: unknown, status = 200): Answer =>
  (_req, res) => {
    res.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
  };

export const SECRET = 'token-0123456789';

export type Ehr = Awaited<ReturnType<typeof startEhr>>;

/** An EHR that answers as a test tells it, clients of it, and what they saw and were told of. */
export async function startEhr() {
  const clients: FhirClient[] = [];
  const server = createServer((req, res) => {
    ehr.seen.push(req);
    ehr.answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ehr = {
    origin,
    answer: json(PATIENT),
    seen: [] as IncomingMessage[],
    foreign: [] as ForeignPlace[],
    restricted: [] as ResourceKey[],
    /** Nothing was seen yet, and what is asked for is a patient. */
    reset: (): void =>
      void Object.assign(ehr, { answer: json(PATIENT), seen: [], foreign: [], restricted: [] }),
    open: (more: Partial<FhirClientSettings> = {}): FhirClient => {
      const client = new FhirClient({
        baseUrl: `${origin}/fhir`,
        alternateBaseUrls: [],
        onForeign: (where) => Promise.resolve(void ehr.foreign.push(where)),
        onRestricted: (key) => Promise.resolve(void ehr.restricted.push(key)),
        credentials: fixedCredentials({ type: 'bearer', token: SECRET }),
        allowPrivateNetwork: true,
        requestsPerSecond: 1_000,
        concurrency: 4,
        ...more,
      });
      clients.push(client);
      return client;
    },
    close: async (): Promise<void> => {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return ehr;
}
