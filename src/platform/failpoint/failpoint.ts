import { subscribe } from 'node:diagnostics_channel';

/** The places of the main job at which a process may die, in the order in which a reminder and its summary pass them. */
export const FAILPOINTS = [
  'send.claimed',
  'send.attempt-committed',
  'send.request-written',
  'send.answer-received',
  'send.accepted-committed',
  'inbox.stored',
  'inbox.applied',
  'summary.written',
  'communication.sent',
  'communication.id-recorded',
] as const;

export type FailpointName = (typeof FAILPOINTS)[number];

/** Where a process is to end, and at which passing of that place: 1 is the first. */
export interface FailpointWish {
  name: FailpointName;
  passing: number;
}

/** `send.claimed` or `send.claimed@3`; null when it names no fail-point. */
export function readFailpoint(text: string): FailpointWish | null {
  const [, name, passing = '1'] = /^([a-z.-]+)(?:@([1-9]\d{0,5}))?$/.exec(text) ?? [];
  const known = FAILPOINTS.find((candidate) => candidate === name);
  return known ? { name: known, passing: Number(passing) } : null;
}

type Request = Readonly<{ method: string; path: string }>;

let reach: (name: FailpointName) => void = () => undefined;
const whenWritten = new Map<FailpointName, (request: Request) => boolean>();

/** Called once at start, before anything passes. Without a wish every fail-point stays a no-op. */
export function armFailpoint(wish: FailpointWish | null): void {
  if (wish === null) return;
  let left = wish.passing;
  reach = (name) => {
    if (name !== wish.name || --left > 0) return;
    // No handler, no flush, no rollback: what a power cut leaves.
    process.kill(process.pid, 'SIGKILL');
  };
  // Undici, and with it fetch, tells this once the whole body has been handed to the socket.
  subscribe('undici:request:bodySent', (message) => {
    const { request } = message as { request: Request };
    if (whenWritten.get(wish.name)?.(request)) reach(wish.name);
  });
}

/** Marks the place. In a sandbox that asked for it the process ends here by SIGKILL. */
export function failpoint(name: FailpointName): void {
  reach(name);
}

/** The same for requests that have been written to the socket while no answer has come yet. */
export function failpointWhenWritten(name: FailpointName, isMeant: (request: Request) => boolean): void {
  whenWritten.set(name, isMeant);
}
