import { readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';
import { embeddedFault } from './embedded-fault.js';
import { run } from './processes.js';

// A port found free can be taken before the server binds it; the children of a killed server hold its shared
// memory for a moment; a process killed while it started a server may have started one after all.
const TRANSIENT =
  /could not create any TCP\/IP sockets|pre-existing shared memory block|lock file "postmaster.pid" already exists/;
const PG_CTL_WAIT_SECONDS = 60;
const DEFAULT_MAX_CONNECTIONS = 100;

/**
 * Starts the server on a free port of 127.0.0.1 and returns the port once it takes connections.
 * @throws Fault `database.embedded-start`, retryable when another attempt may well succeed
 */
export async function startServer(
  cluster: Cluster,
  maxConnections = DEFAULT_MAX_CONNECTIONS,
): Promise<number> {
  const port = await freePort();
  const logged = statSync(cluster.log).size;
  try {
    await pgCtl(cluster, ['start', '-l', cluster.log, '-o', settings(port, maxConnections)]);
    return port;
  } catch (cause) {
    const reason = readFileSync(cluster.log).subarray(logged).toString();
    const words = `PostgreSQL did not start; ${cluster.log} says why.`;
    throw embeddedFault('start', words, { cause, retryable: TRANSIENT.test(reason) });
  }
}

/** Ends every connection and stops the server, its files left clean. */
export async function stopServer(cluster: Cluster): Promise<void> {
  try {
    await pgCtl(cluster, ['stop', '-m', 'fast']);
  } catch (cause) {
    throw embeddedFault('stop', `PostgreSQL did not stop; ${cluster.log} says why.`, { cause });
  }
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
