import type { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Client } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Context, TxContext } from '../context/context.js';
import { isUuid, type Uuid } from '../ids/ids.js';
import { hasNoAnswer, withoutValues } from './database-fault.js';
import type { Transaction } from './transaction.js';

const afterCommitOf = new WeakMap<Transaction, (() => void)[]>();

/** The TypeORM manager behind a transaction. For infrastructure/ and platform/ only. */
export function managerOf(ctx: { tx: Transaction }): EntityManager {
  return ctx.tx as unknown as EntityManager;
}

/** Runs plain SQL in the caller's transaction. For infrastructure/ and platform/ only. */
export function sql<Row>(ctx: { tx: Transaction }, text: string, parameters: unknown[] = []): Promise<Row[]> {
  return managerOf(ctx).query(text, parameters);
}

/** A statement that each connection prepares once. */
export interface Statement {
  name: string;
  text: string;
}

/** Runs a function once the transaction has committed; never when it rolls back. */
export function afterCommit(ctx: { tx: Transaction }, work: () => void): void {
  const waiting = afterCommitOf.get(ctx.tx);
  if (waiting) waiting.push(work);
  else afterCommitOf.set(ctx.tx, [work]);
}

/**
 * Runs the work inside a savepoint of the caller's transaction: what it throws undoes the work alone, and is returned,
 * the database's own failures as DatabaseFault. Null when nothing was thrown.
 */
export async function inSavepoint(
  ctx: { tx: Transaction },
  work: () => Promise<void>,
): Promise<Error | null> {
  await sql(ctx, 'savepoint work');
  try {
    await work();
    await sql(ctx, 'release savepoint work');
    return null;
  } catch (error) {
    await sql(ctx, 'rollback to savepoint work');
    const told = withoutValues(error);
    return told instanceof Error ? told : new Error('something else than an error was thrown');
  }
}

/** Opens transactions that know their organization, so that row-level security lets its rows through. */
@Injectable()
export class Transactions {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {
    // A new connection that is cut at once tells so before TypeORM listens, which would end the process (measured).
    const pool = (dataSource.driver as PostgresDriver).master as EventEmitter;
    pool.on('connect', (client: EventEmitter) => client.on('error', () => undefined));
  }

  /** Joins the caller's transaction, or opens one for the caller's organization. Throws DatabaseFault. */
  async run<T>(ctx: Context, work: (ctx: TxContext) => Promise<T>): Promise<T> {
    if (ctx.tx) return work(ctx as TxContext);
    return this.begin(ctx.organizationId, (tx) => work({ ...ctx, tx }));
  }

  /** A transaction without an organization: it sees the directory tables and nothing else. */
  directory<T>(work: (ctx: { tx: Transaction }) => Promise<T>): Promise<T> {
    return this.begin(null, (tx) => work({ tx }));
  }

  /**
   * One statement as a transaction of its own, in one trip instead of three. It sets its organization itself, in a common
   * table expression that the rest reads from; where it does not, row-level security lets no row through. Throws
   * DatabaseFault.
   */
  async statement<Row>({ name, text }: Statement, parameters: unknown[]): Promise<Row[]> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as Client;
      return (await client.query({ name, text, values: parameters })).rows as Row[];
    } catch (error) {
      if (hasNoAnswer(error)) await close(runner).catch(() => undefined);
      throw withoutValues(error);
    } finally {
      await runner.release();
    }
  }

  private async begin<T>(organizationId: Uuid | null, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await startTransaction(runner, organizationId);
      const tx = runner.manager as unknown as Transaction;
      const result = await work(tx);
      await runner.commitTransaction();
      // Apart from the transaction, which holds whatever becomes of these.
      for (const next of afterCommitOf.get(tx) ?? []) queueMicrotask(next);
      return result;
    } catch (error) {
      if (hasNoAnswer(error)) await close(runner).catch(() => undefined);
      else if (runner.isTransactionActive) await rollback(runner);
      throw withoutValues(error);
    } finally {
      await runner.release();
    }
  }
}

/** A rollback would wait behind the statement that hangs, and so would whoever got this connection next. */
async function close(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect()) as Client;
  // Not waited for: a server that hangs says no goodbye either. The pool takes back no client that is ending.
  client.end().catch(() => undefined);
}

/** A connection that died cannot roll back; the server has done so already, and the first error is the one to tell. */
async function rollback(runner: QueryRunner): Promise<void> {
  await runner.rollbackTransaction().catch(() => undefined);
}

/**
 * set_config rides with START TRANSACTION in one trip. TypeORM's own statement is rewritten, because a BEGIN
 * sent by query() would be committed at the next save(), setting and all (measured with TypeORM 1.1.1).
 */
async function startTransaction(runner: QueryRunner, organizationId: Uuid | null): Promise<void> {
  if (organizationId === null) return runner.startTransaction();
  if (!isUuid(organizationId)) throw new TypeError('organizationId is no UUID');
  const query = runner.query.bind(runner) as QueryRunner['query'];
  const setting = `select set_config('app.organization_id', '${organizationId}', true)`;
  runner.query = ((text: string, ...rest: []) =>
    query(text === 'START TRANSACTION' ? `${text}; ${setting}` : text, ...rest)) as QueryRunner['query'];
  try {
    await runner.startTransaction();
  } finally {
    runner.query = query;
  }
}
