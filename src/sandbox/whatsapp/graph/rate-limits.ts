import type { Account, Conversation } from '../model.js';
import { GraphError } from './graph-error.js';

interface Rate {
  intervalMs: number;
  /** How many may come at once after a rest. */
  burst: number;
}

/** Cloud API: 80 messages a second for each number, 1,000 after its upgrade. */
const NUMBER_RATES: Record<Account['throughput'], Rate> = {
  STANDARD: { intervalMs: 1000 / 80, burst: 80 },
  HIGH: { intervalMs: 1, burst: 1000 },
};

/** Cloud API: one message in 6 seconds from a number to a user; bursts of 45 borrow from the time to come. */
const PAIR_RATE: Rate = { intervalMs: 6_000, burst: 45 };

/** Spends one message of the rates that are in force, by the sandbox clock. Throws GraphError 130429 or 131056. */
export function spendRates(account: Account, conversation: Conversation, now: Date): void {
  const { numberRateLimit, pairRateLimit } = account.settings;
  const forPair = pairRateLimit ? paid(conversation.paidUntil, now, PAIR_RATE) : conversation.paidUntil;
  if (forPair === undefined)
    throw new GraphError(131056, 'Too many messages to this person in a short time.');
  const rate = NUMBER_RATES[account.throughput];
  const forNumber = numberRateLimit ? paid(account.paidUntil, now, rate) : account.paidUntil;
  if (forNumber === undefined) throw new GraphError(130429, 'Cloud API message throughput has been reached.');
  conversation.paidUntil = forPair;
  account.paidUntil = forNumber;
}

function paid(until: number, now: Date, { intervalMs, burst }: Rate): number | undefined {
  const next = Math.max(until, now.getTime()) + intervalMs;
  return next - now.getTime() > intervalMs * burst ? undefined : next;
}
