import { readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.js';
import { embeddedFault } from './embedded-fault.js';
import { run } from './processes.js';

// A port found free can be taken before the server binds it, and the children of a killed server
// hold its shared memory for a moment.
const TRANSIENT = /could not create any TCP\/IP sockets|pre-existing shared memory block/;
const START_ATTEMPTS = 10;
const RETRY_PAUSE_MS = 200;
const PG_CTL_WAIT_SECONDS = 60;
const DEFAULT_MAX_CONNECTIONS = 100;

/** Starts the server on a free port of 127.0.0.1 and returns the port once it takes connections. */
export async function startServer(
  cluster: Cluster,
  maxConnections = DEFAULT_MAX_CONNECTIONS,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const logged = statSync(cluster.log).size;
    try {
      await pgCtl(cluster, ['start', '-l', cluster.log, '-o', settings(port, maxConnections)]);
      return port;
    } catch (cause) {
      const reason = readFileSync(cluster.log).subarray(logged).toString();
      if (attempt === START_ATTEMPTS || !TRANSIENT.test(reason)) {
        throw embeddedFault('start', `PostgreSQL did not start; ${cluster.log} says why.`, cause);
      }
    }
    await sleep(RETRY_PAUSE_MS);
  }
}

/** Ends every connection and stops the server, its files left clean. */
export async function stopServer(cluster: Cluster): Promise<void> {
  try {
    await pgCtl(cluster, ['stop', '-m', 'fast']);
  } catch (cause) {
    throw embeddedFault('stop', `PostgreSQL did not stop; ${cluster.log} says why.`, cause);
  }
}

export function removeStalePid(cluster: Cluster): void {
  rmSync(join(cluster.data, 'postmaster.pid'), { force: true });
}

function pgCtl(cluster: Cluster, args: string[]): Promise<void> {
  const always = ['-D', cluster.data, '-w', '-t', String(PG_CTL_WAIT_SECONDS), '-s'];
  return run({
    file: join(cluster.bin, 'pg_ctl'),
    args: [...args, ...always],
    cwd: cluster.location,
    account: cluster.account,
  });
}

function settings(port: number, maxConnections: number): string {
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port,
    max_connections: maxConnections,
    // A sender holds two advisory locks for every message of its batch.
    max_locks_per_transaction: 1024,
    tcp_keepalives_idle: 10,
    // The log must never carry a value: no parameters, no statements, no DETAIL lines with key values.
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return Object.entries(values)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
