import { connect, type Socket } from 'node:net';
import { answer, taskOf } from '../support/program.js';
import { requestOf, type Kind } from './webhooks.js';

export interface Load {
  port: number;
  connections: number;
  kind: Kind;
  /** Requests with the numbers from here on. */
  first: number;
  count: number;
  /** Evenly, so many a second; null: as fast as the answers come. */
  perSecond: number | null;
}

export interface LoadResult {
  ok: number;
  refused: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const OK = Buffer.from('HTTP/1.1 200');
const END_OF_HEAD = '\r\n\r\n';

/** One connection: sends, waits for the whole answer, sends the next. */
function work(
  socket: Socket,
  next: () => Promise<Buffer | null>,
  told: (ok: boolean, ms: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let began = 0;
    let pending = Buffer.alloc(0);
    const send = async (): Promise<void> => {
      const request = await next();
      if (!request) return void socket.end(resolve);
      began = performance.now();
      socket.write(request);
    };
    socket.on('data', (bytes) => {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      if (!isWhole(pending)) return;
      told(pending.subarray(0, OK.length).equals(OK), performance.now() - began);
      pending = Buffer.alloc(0);
      void send();
    });
    socket.on('error', reject);
    void send();
  });
}

function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return false;
  const [, length = '0'] = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, end)) ?? [];
  return bytes.length >= end + END_OF_HEAD.length + Number(length);
}

async function run({ port, connections, kind, first, count, perSecond }: Load): Promise<LoadResult> {
  // All of them before the clock starts: who makes and signs bodies meanwhile measures himself.
  const requests = Array.from({ length: count }, (_, n) => requestOf(kind, first + n));
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const latencies = new Float64Array(count);
  let [taken, ok, refused] = [0, 0, 0];
  const began = performance.now();
  const next = async (): Promise<Buffer | null> => {
    const n = taken++;
    if (n >= count) return null;
    const early = perSecond === null ? 0 : began + (n / perSecond) * 1_000 - performance.now();
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    return requests[n]!;
  };
  const told = (isOk: boolean, ms: number): void => {
    latencies[ok + refused] = ms;
    if (isOk) ok++;
    else refused++;
  };
  await Promise.all(sockets.map((socket) => work(socket, next, told)));
  const seconds = (performance.now() - began) / 1_000;
  latencies.sort();
  const at = (share: number): number => latencies[Math.min(count - 1, Math.floor(count * share))]!;
  return { ok, refused, perSecond: count / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

answer(await run(await taskOf<Load>()));
process.disconnect();
