import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** An EHR and a Graph endpoint that share nothing with our sandbox: other paths, other habits, the least they can do. */
export interface OtherVendor {
  fhirBase: string;
  graphBase: string;
  appointment: Record<string, unknown>;
  sends: { to: string; body: Record<string, unknown> }[];
  /** As the desk of that hospital would. */
  move(startsAt: Date): void;
  close(): Promise<void>;
}

interface Asked {
  method: string;
  url: URL;
  body: unknown;
  ifMatch: string | undefined;
}

type Answer = { status: number; body: unknown; headers?: Record<string, string> };

const PATIENT = {
  resourceType: 'Patient',
  id: 'p-7',
  meta: { versionId: '1' },
  name: [{ use: 'official', family: 'Okafor', given: ['Ada'] }],
  telecom: [{ system: 'phone', use: 'mobile', value: '+1 212 555 0142' }],
};

export async function startOtherVendor(startsAt: Date): Promise<OtherVendor> {
  const sends: OtherVendor['sends'] = [];
  const appointment: Record<string, unknown> = {
    resourceType: 'Appointment',
    id: 'a-1',
    meta: { versionId: '5' },
    status: 'booked',
    ...timesOf(startsAt),
    participant: [{ actor: { reference: 'Patient/p-7' }, status: 'needs-action' }],
  };
  const server = createServer((request, response) => void serve(request, response, { sends, appointment }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    fhirBase: `${origin}/ehr/api/R4`,
    graphBase: `${origin}/meta/v25.0`,
    appointment,
    sends,
    move: (to) => Object.assign(appointment, timesOf(to), { meta: { versionId: '6' } }),
    close: () => closed(server),
  };
}

function timesOf(startsAt: Date): { start: string; end: string } {
  return { start: startsAt.toISOString(), end: new Date(startsAt.getTime() + 1_800_000).toISOString() };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  state: { sends: OtherVendor['sends']; appointment: Record<string, unknown> },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const asked = {
    method: request.method!,
    url: new URL(request.url!, 'http://vendor'),
    // A search by POST is a form; this EHR knows of none.
    body: isJson(request) ? (JSON.parse(text) as unknown) : undefined,
    ifMatch: request.headers['if-match'],
  };
  const { status, body, headers } = asked.url.pathname.startsWith('/meta/')
    ? graph(asked, state.sends)
    : fhir(asked, state.appointment);
  response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
  response.end(JSON.stringify(body));
}

function isJson({ headers }: IncomingMessage): boolean {
  return /json/.test(headers['content-type'] ?? '');
}

/** Search knows date and status and no more; nothing is included; writes want If-Match. */
function fhir(asked: Asked, appointment: Record<string, unknown>): Answer {
  const path = asked.url.pathname.replace('/ehr/api/R4/', '');
  if (path === 'metadata') return { status: 200, body: CAPABILITIES };
  if (path === 'Patient/p-7') return { status: 200, body: PATIENT, headers: { etag: 'W/"1"' } };
  if (path === 'Appointment') return { status: 200, body: bundle([appointment]) };
  if (path !== 'Appointment/a-1') return { status: 404, body: outcome('not-found') };
  if (asked.method === 'PUT') return update(asked, appointment);
  return { status: 200, body: appointment, headers: { etag: etagOf(appointment) } };
}

function update({ ifMatch, body }: Asked, appointment: Record<string, unknown>): Answer {
  if (ifMatch !== etagOf(appointment)) return { status: 412, body: outcome('conflict') };
  const { versionId } = appointment['meta'] as { versionId: string };
  Object.assign(appointment, body, { meta: { versionId: String(Number(versionId) + 1) } });
  return { status: 200, body: appointment, headers: { etag: etagOf(appointment) } };
}

function etagOf(appointment: Record<string, unknown>): string {
  return `W/"${(appointment['meta'] as { versionId: string }).versionId}"`;
}

function graph({ method, url, body }: Asked, sends: OtherVendor['sends']): Answer {
  if (url.pathname.endsWith('/message_templates')) return { status: 200, body: { data: [TEMPLATE] } };
  if (method !== 'POST') return { status: 200, body: { id: '900', display_phone_number: '18005550190' } };
  const message = body as Record<string, unknown> & { to?: string };
  if (message['status'] === 'read') return { status: 200, body: { success: true } };
  sends.push({ to: message.to ?? '', body: message });
  const answer = {
    messaging_product: 'whatsapp',
    contacts: [{ input: message.to, wa_id: message.to }],
    messages: [{ id: `wamid.${Buffer.from(`vendor-${sends.length}`).toString('base64')}` }],
  };
  return { status: 200, body: answer };
}

const CAPABILITIES = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: [
        { type: 'Patient', interaction: [{ code: 'read' }] },
        {
          type: 'Appointment',
          interaction: [{ code: 'read' }, { code: 'search-type' }, { code: 'update' }],
          versioning: 'versioned-update',
          searchParam: [
            { name: 'date', type: 'date' },
            { name: 'status', type: 'token' },
          ],
        },
        {
          type: 'Communication',
          interaction: [{ code: 'create' }, { code: 'read' }, { code: 'search-type' }],
        },
      ],
    },
  ],
};

const TEMPLATE = {
  id: '77',
  name: 'appointment_reminder',
  language: 'en',
  status: 'APPROVED',
  category: 'UTILITY',
  components: [
    { type: 'BODY', text: 'Hello {{1}}, {{2}} expects you on {{3}} at {{4}}, {{5}}.' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Confirm' },
        { type: 'QUICK_REPLY', text: 'Cancel' },
      ],
    },
  ],
};

function bundle(resources: unknown[]): object {
  return { resourceType: 'Bundle', type: 'searchset', entry: resources.map((resource) => ({ resource })) };
}

function outcome(code: string): object {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] };
}

async function closed(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
