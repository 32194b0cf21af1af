import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Appointment, CapabilityStatement, FhirResource, OperationOutcome, Patient } from 'fhir/r4.js';

export interface OddRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** What was sent; null without a body. */
  body: unknown;
  authorization: string | undefined;
}

interface OddAnswer {
  status?: number;
  body: unknown;
  date?: string | null;
  location?: string;
}
type Handler = (request: OddRequest) => OddAnswer | Promise<OddAnswer>;

export type OddEhr = Awaited<ReturnType<typeof startOddEhr>>;

/** An EHR that answers as a test tells it: for what the stand-in is too well-behaved to do. */
export async function startOddEhr(now: Date) {
  const requests: OddRequest[] = [];
  const state: { handle: Handler } = { handle: () => ({ status: 404, body: outcome('not-found', 'error') }) };
  const server = createServer((req, res) => void serve(req, res));
  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const sent = await text(req);
    const url = new URL(req.url!, 'http://odd');
    const request = {
      method: req.method!,
      path: url.pathname.replace('/fhir/', ''),
      query: url.searchParams,
      body: bodyOf(req, sent),
      authorization: req.headers.authorization,
    };
    requests.push(request);
    const { status = 200, body, date = now.toUTCString(), location } = await state.handle(request);
    res.sendDate = false;
    if (date !== null) res.setHeader('date', date);
    if (location) res.setHeader('location', location);
    res.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`,
    requests,
    answer: (handle: Handler) => void (state.handle = handle),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A form as its parameters, JSON as what it says. */
function bodyOf({ headers }: IncomingMessage, text: string): unknown {
  if (text === '') return null;
  return headers['content-type']?.includes('form')
    ? new URLSearchParams(text)
    : (JSON.parse(text) as unknown);
}

export function statement(searchParams: string[], searchInclude: string[] = []): CapabilityStatement {
  const searchParam = searchParams.map((name) => ({ name, type: 'date' as const }));
  const interaction = [{ code: 'read' as const }, { code: 'search-type' as const }];
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-01',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [{ mode: 'server', resource: [{ type: 'Appointment', interaction, searchParam, searchInclude }] }],
  };
}

export function bundle(resources: FhirResource[], next?: string): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource })),
    ...(next && { link: [{ relation: 'next', url: next }] }),
  };
}

export function outcome(code: string, severity: 'warning' | 'error'): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ severity, code: code as 'processing' }] };
}

export function visit(id: string, start: string, more: Partial<Appointment> = {}): Appointment {
  return {
    resourceType: 'Appointment',
    id,
    status: 'booked',
    start,
    end: new Date(Date.parse(start) + 900_000).toISOString(),
    participant: [{ actor: { reference: 'Patient/1' }, status: 'needs-action' }],
    ...more,
  };
}

export const PATIENT: Patient = { resourceType: 'Patient', id: '1', birthDate: '1970-01-01' };
