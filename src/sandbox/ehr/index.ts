import type { OperationOutcome } from 'fhir/r4.js';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handleControl } from './control/handle.js';
import { handleFhir } from './fhir/handle.js';
import { operationOutcome } from './fhir/refusal.js';
import { sendJson } from './http.js';
import type { Profile } from './profiles/profile.js';
import { quoting } from './profiles/rows.js';
import { handleSmart } from './smart/handle.js';
import { makeWorld, type World, type WorldOptions } from './world.js';

/** `now` is where the stand-in's clock starts. */
export interface SandboxEhrOptions extends WorldOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  host?: '127.0.0.1';
}

export interface SandboxEhr {
  /** Origin; the FHIR bases are `{url}/{slug}/fhir`, the side door is `{url}/control`. */
  url: string;
  /** Ends open requests too; may be called more than once. */
  close(): Promise<void>;
}

/** A stand-in for hospitals' FHIR R4 servers over invented data. Refuses to start in production. */
export async function startSandboxEhr({
  port = 0,
  host = '127.0.0.1',
  ...options
}: SandboxEhrOptions): Promise<SandboxEhr> {
  if (process.env.NODE_ENV === 'production') throw new Error('The sandbox EHR does not run in production');
  const world = makeWorld(options);
  const server = createServer((req, res) => void handle(world, req, res));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closed ??= new Promise((resolve) => {
      for (const { subscriptions } of world.hospitals.values()) subscriptions.stop();
      server.close(() => resolve());
      server.closeAllConnections();
    }));
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, close };
}

async function handle(world: World, req: IncomingMessage, res: ServerResponse): Promise<void> {
  res.sendDate = false;
  res.setHeader('Date', world.clock.now().toUTCString());
  try {
    await route(world, req, res);
  } catch (error) {
    // A client that leaves in the middle of its own body is no failure of ours.
    if (req.destroyed && !req.complete) return;
    console.error('sandbox EHR: unexpected error', error);
    if (!res.headersSent)
      sendJson(res, 500, operationOutcome([{ code: 'exception', diagnostics: 'The server failed' }]));
  }
}

async function route(world: World, req: IncomingMessage, res: ServerResponse): Promise<void> {
  // The client's own name for this server, so that the links it gets lead where it already is.
  const url = new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`);
  if (url.pathname.startsWith('/control')) return handleControl(world, { req, res, url });
  if (await handleSmart(world, { req, res, url })) return;
  const [, slug = '', path = ''] = /^\/([^/]+)\/fhir(\/.*)?$/.exec(url.pathname) ?? [];
  const hospital = world.hospitals.get(slug);
  if (hospital) return handleFhir(world, { req, res, hospital, url, path });
  sendJson(res, ...refusalOfStranger(world));
}

function refusalOfStranger(world: World): [number, OperationOutcome] {
  const why = 'There is no FHIR server here';
  const profile = vendorOf(world);
  if (!profile) return [404, operationOutcome([{ code: 'not-found', diagnostics: why }])];
  const diagnostics = quoting(profile, 'Wrong tenant', why);
  return [profile.unknownTenantStatus, operationOutcome([{ code: 'forbidden', diagnostics }])];
}

/** Who answers for paths of nobody: a vendor with a way of its own, if a hospital here is a tenant of one. */
function vendorOf({ hospitals }: World): Profile | undefined {
  const profiles = [...hospitals.values()].map(({ profile }) => profile);
  return profiles.find(({ unknownTenantStatus }) => unknownTenantStatus !== 404);
}
