import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResourceKey } from '../domain/reference.js';
import { fixedCredentials } from './auth/credentials.js';
import { FhirClient, type FhirClientSettings } from './fhir-client.js';
import type { ForeignPlace } from './fhir-fault.js';

export type Answer = (req: IncomingMessage, res: ServerResponse) => void;

export const PATIENT = { resourceType: 'Patient', id: '1' };
export const SECRET = 'token-0123456789';

export const json =
  (body: unknown, status = 200): Answer =>
  (_req, res) => {
    res.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
  };

/** An EHR that answers as it is told and remembers what it was asked, with clients of it. */
export class FakeServer {
  origin = '';
  answer: Answer = json(PATIENT);
  seen: IncomingMessage[] = [];
  foreign: ForeignPlace[] = [];
  restricted: ResourceKey[] = [];
  private readonly clients: FhirClient[] = [];
  private readonly server = createServer((req, res) => {
    this.seen.push(req);
    this.answer(req, res);
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  reset(): void {
    [this.seen, this.foreign, this.restricted] = [[], [], []];
    this.answer = json(PATIENT);
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  open(more: Partial<FhirClientSettings> = {}): FhirClient {
    const client = new FhirClient({
      baseUrl: `${this.origin}/fhir`,
      alternateBaseUrls: [],
      onForeign: (where) => Promise.resolve(void this.foreign.push(where)),
      onRestricted: (key) => Promise.resolve(void this.restricted.push(key)),
      credentials: fixedCredentials({ type: 'bearer', token: SECRET }),
      allowPrivateNetwork: true,
      requestsPerSecond: 1_000,
      concurrency: 4,
      ...more,
    });
    this.clients.push(client);
    return client;
  }
}
