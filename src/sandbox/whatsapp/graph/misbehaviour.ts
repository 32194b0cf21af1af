import type { Account, Attempt } from '../model.js';
import { afterMs, type Answer } from '../http.js';
import { SEND, type Fault } from '../faults.js';
import type { World } from '../world.js';
import { GraphError } from './graph-error.js';

// How long a hung or held answer waits unless the fault says otherwise: longer than any client does.
const HELD_SECONDS = 600;
const DEFAULT_CODE = 131000;
const PAGE =
  '<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>';

export interface Place {
  endpoint: string;
  /** Absent at the endpoints of a business. */
  account?: Account;
}

/** What was asked for before anything is done: an answer without effect, or an error. Throws GraphError. */
export function misbehaveBefore(world: World, place: Place): Answer | undefined {
  const drop = take(world, place, 'drop-all-sends');
  if (drop) return ended(drop);
  const hang = take(world, place, 'hang');
  if (hang) return { ...ended(hang), wait: secondsOf(hang) };
  const error = take(world, place, 'error');
  return error && refusal(error, place);
}

/** What was asked for once the request has had its effect. */
export function misbehaveAfter(world: World, place: Place, answer: Answer, attempt?: Attempt): Answer {
  const drop = take(world, place, 'drop-answer');
  if (drop) return muting(drop, { ...answer, ...ended(drop) }, attempt, world);
  const hang = take(world, place, 'hang-answer');
  if (hang) return muting(hang, { ...answer, wait: secondsOf(hang) }, attempt, world);
  const hold = take(world, place, 'hold-answer');
  return hold ? muting(hold, { ...answer, wait: heldAt(world, place, attempt) }, attempt, world) : answer;
}

type RequestFault = 'drop-all-sends' | 'hang' | 'error' | 'drop-answer' | 'hang-answer' | 'hold-answer';

const take = (world: World, { account, endpoint }: Place, name: RequestFault): Fault | undefined =>
  world.faults.take(name, account?.phoneNumberId ?? '', endpoint);

const ended = ({ reset }: Fault): Answer => ({ status: 0, body: null, socket: reset ? 'reset' : 'close' });

const secondsOf = ({ seconds = HELD_SECONDS }: Fault) => afterMs(seconds * 1000);

function refusal({ code = DEFAULT_CODE, status, seconds, page }: Fault, { account }: Place): Answer {
  if (page) return { status: status ?? 500, body: PAGE };
  const headers = seconds === undefined ? undefined : limitHeaders(seconds, account);
  throw new GraphError(code, 'This error was asked for.', { status, headers });
}

/** Retry-After counts seconds, the usage header minutes. */
function limitHeaders(seconds: number, account?: Account): Record<string, string> {
  const usage = {
    type: 'whatsapp',
    call_count: 100,
    total_cputime: 10,
    total_time: 10,
    estimated_time_to_regain_access: Math.ceil(seconds / 60),
  };
  return {
    'retry-after': String(seconds),
    'x-business-use-case-usage': JSON.stringify({ [account?.business.id ?? '0']: [usage] }),
  };
}

const heldAt = (world: World, { account, endpoint }: Place, attempt?: Attempt) =>
  world.held.wait({
    endpoint,
    phone_number_id: account?.phoneNumberId ?? '',
    attempt: attempt?.n,
    wamid: attempt?.wamid,
    biz_opaque_callback_data: attempt?.callbackData,
    since: world.clock.now(),
  });

function muting(fault: Fault, answer: Answer, attempt: Attempt | undefined, world: World): Answer {
  const message = fault.statuses === false ? world.messagesByWamid.get(attempt?.wamid ?? '') : undefined;
  if (message) message.muted = true;
  return answer;
}

export const sendPlace = (account: Account): Place => ({ endpoint: SEND, account });
