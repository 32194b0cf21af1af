import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SandboxAccount } from './model.js';
import { makeServer } from './server.js';
import { makeWorld } from './world.js';

export type { SandboxAccount } from './model.js';

export interface SandboxWhatsappOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  seed: number;
  /** Where the sandbox clock starts; from there it runs with real time until it is moved. */
  now: Date;
  accounts: SandboxAccount[];
  host?: string;
}

/** Starts a stand-in for Meta's Cloud API and the phones of the patients behind it. Refused in production. */
export async function startSandboxWhatsapp(
  options: SandboxWhatsappOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  if (process.env['NODE_ENV'] === 'production') throw new Error('the sandbox does not run in production');
  const { port = 0, host = '127.0.0.1', ...rest } = options;
  const world = makeWorld(rest);
  const server = makeServer(world);
  server.listen(port, host);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    world.close();
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, close };
}
