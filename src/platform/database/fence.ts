import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { TxContext } from '../context/context.js';
import type { Uuid } from '../ids/ids.js';
import { DatabaseFault } from './database-fault.js';
import { DirectConnections } from './direct-connections.js';
import { sql } from './transactions.js';

/** A 64-bit advisory lock key, as text because JavaScript numbers end at 53 bits. */
export type FenceKey = string;

/** An opt-out waits at most this long for the sends that have already begun (their own limit is 10 s). */
const CLOSE_TIMEOUT_MS = 15_000;

/** The key of what a send is about: the WhatsApp address that it goes to, or the visit that it speaks of. */
export function fenceKey(organizationId: Uuid, kind: 'address' | 'visit', id: Uuid): FenceKey {
  const digest = createHash('sha256').update(`${organizationId}/${kind}/${id}`).digest();
  return digest.readBigInt64BE(0).toString();
}

/** SQLSTATE: the wait was too long, or two waited for each other and this one had to give way. */
const NOT_GOT = ['55P03', '40P01'];

/**
 * Closes the fence in the caller's transaction: waits for sends under way and lets none begin until the commit.
 * After an opt-out or a cancel has committed, no send begins. Throws DatabaseFault 55P03 once it has waited that long
 * for one of them (retryable).
 *
 * Everybody locks in one order, so that no two ever wait for each other: what is merged (an advisory lock), rows of
 * visits by their id, the fence with all of a transaction's keys in one call, and only then rows of patients, links,
 * consents and messages.
 */
export async function closeFence(
  ctx: TxContext,
  keys: readonly FenceKey[],
  timeoutMs: number = CLOSE_TIMEOUT_MS,
): Promise<void> {
  await sql(ctx, `select set_config('lock_timeout', $1, true)`, [String(timeoutMs)]);
  // One fixed order for all, so that two closers never wait for each other.
  for (const key of inLockOrder(keys)) await sql(ctx, 'select pg_advisory_xact_lock($1::bigint)', [key]);
  await sql(ctx, `select set_config('lock_timeout', '0', true)`);
}

/** Whether the fence was held by somebody until `closeFence` gave up: that passes. */
export function isFenceHeld(error: Error): boolean {
  return error instanceof DatabaseFault && NOT_GOT.includes(error.sqlState);
}

/** The shared locks of one sender. */
export class Passage {
  private constructor(
    private readonly client: PoolClient,
    /** How many of the batch's sends still need each lock that was got. */
    private readonly users: Map<FenceKey, number>,
  ) {
    client.on('error', this.lose);
    client.on('end', this.lose);
  }

  static async through(client: PoolClient, keys: readonly FenceKey[]): Promise<Passage> {
    // The try form: waiting behind one closed address would stall the whole batch (measured).
    const { rows } = await client.query<{ key: string }>(
      `select key::text from unnest($1::bigint[]) as key where pg_try_advisory_lock_shared(key) order by key`,
      [inLockOrder(keys)],
    );
    const users = new Map(rows.map(({ key }) => [key, 0]));
    for (const key of keys) if (users.has(key)) users.set(key, users.get(key)! + 1);
    return new Passage(client, users);
  }

  private lost = false;

  /** False once the lock connection is gone: then nothing may begin. */
  get alive(): boolean {
    return !this.lost;
  }

  private readonly lose = (): void => {
    this.lost = true;
  };

  /** Whether all of these locks are held on a living connection. */
  holds(keys: readonly FenceKey[]): boolean {
    return this.alive && keys.every((key) => this.users.has(key));
  }

  /** Gives the connection back. Every lock is released first, also after any error. */
  async end(): Promise<void> {
    // From here on it holds nothing: whoever asks late must not begin, nor release what the connection's next user holds.
    this.lost = true;
    this.users.clear();
    this.client.off('error', this.lose);
    this.client.off('end', this.lose);
    const released = await this.client.query('select pg_advisory_unlock_all()').catch(() => null);
    // A connection that cannot be cleaned is closed: locks survive a return to the pool (measured).
    this.client.release(released === null);
  }

  /** One send is done with its keys: closers of a key proceed once no other send of the batch needs it. */
  async release(keys: readonly FenceKey[]): Promise<void> {
    const mine = keys.filter((key) => this.leave(key));
    if (mine.length === 0 || this.lost) return;
    await this.client.query('select pg_advisory_unlock_shared(key) from unnest($1::bigint[]) as key', [mine]);
  }

  private leave(key: FenceKey): boolean {
    const left = (this.users.get(key) ?? 0) - 1;
    if (left > 0) this.users.set(key, left);
    return left <= 0 && this.users.delete(key);
  }
}

/** Opens the fence for a sender's batch. */
@Injectable()
export class Fence {
  constructor(private readonly connections: DirectConnections) {}

  /** Takes the shared locks that are free now; what is not held must go back to ready. */
  async pass(keys: readonly FenceKey[]): Promise<Passage> {
    const client = await this.connections.pool.connect();
    try {
      return await Passage.through(client, keys);
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}

/** The one order in which everybody closes fences, each key once. */
export function inLockOrder(keys: readonly FenceKey[]): FenceKey[] {
  return [...new Set(keys)].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}
