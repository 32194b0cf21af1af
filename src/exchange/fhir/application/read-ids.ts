import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import type { Context } from '../../../platform/context/context.js';
import { basesOf } from '../domain/connection.js';
import { sortRows } from '../domain/incoming.js';
import { keyText, type ResourceKey } from '../domain/reference.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { FollowedType, Merge } from '../domain/rows.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import { Intake, mergeOf, type Taken } from './intake.js';
import { readState } from './live-read.js';

/** Read side by side at the connection's budget, and taken in together. */
const READS_AT_ONCE = 50;

export interface FollowedKey extends ResourceKey {
  type: FollowedType;
}

/** What some reads came to. */
export interface ReadIds {
  taken: Taken[];
  gone: number;
  /** The EHR keeps these from us. */
  forbidden: FollowedKey[];
  /** The EHR did not answer for these, this time. */
  unread: FollowedKey[];
}

/** Reads records by their ids now and takes them in: each once, within the EHR's budget. */
@Injectable()
export class IdReader {
  constructor(private readonly intake: Intake) {}

  /**
   * `beforeEach` is awaited before each batch and may throw to stop. A record that the EHR does not answer for is left
   * as it was; when it is away for all of a batch, its fault is thrown.
   */
  async read(
    ctx: Context,
    connected: Connected,
    keys: readonly FollowedKey[],
    beforeEach: () => Promise<void> = () => Promise.resolve(),
  ): Promise<ReadIds> {
    const result: ReadIds = { taken: [], gone: 0, forbidden: [], unread: [] };
    const once = [...new Map(keys.map((key) => [keyText(key), key])).values()];
    for (let start = 0; start < once.length; start += READS_AT_ONCE) {
      await beforeEach();
      await this.batch(ctx, connected, once.slice(start, start + READS_AT_ONCE), result);
    }
    return result;
  }

  private async batch(
    ctx: Context,
    connected: Connected,
    keys: FollowedKey[],
    result: ReadIds,
  ): Promise<void> {
    const answers = await Promise.all(
      keys.map(async (key) => ({ key, ...(await answerFor(connected, key)) })),
    );
    const faults = answers.flatMap((answer) => (answer.state === 'unread' ? [answer.fault] : []));
    if (faults.length === keys.length && faults.every(({ retryable }) => retryable)) throw faults[0]!;
    const current = answers.flatMap((answer) => (answer.state === 'current' ? [answer.resource] : []));
    const of = (state: (typeof answers)[number]['state']): FollowedKey[] =>
      answers.filter((answer) => answer.state === state).map(({ key }) => key);
    if (current.length > 0) result.taken.push(await this.take(ctx, connected, current));
    result.gone += await this.gone(ctx, connected, of('gone'));
    await this.intake.takeMerged(ctx, connected.connection.id, mergesIn(answers, connected.connection.id));
    result.forbidden.push(...of('forbidden'));
    result.unread.push(...of('unread'));
  }

  private take(ctx: Context, connected: Connected, found: FhirResource[]): Promise<Taken> {
    return this.intake.take(ctx, connected, sortRows(found, basesOf(connected.connection)), 'all');
  }

  private async gone(ctx: Context, { connection }: Connected, keys: FollowedKey[]): Promise<number> {
    let gone = 0;
    for (const type of new Set(keys.map((key) => key.type))) {
      const ids = keys.filter((key) => key.type === type).map(({ id }) => id);
      gone += await this.intake.takeGone(ctx, connection.id, type, ids);
    }
    return gone;
  }
}

type Answer = Awaited<ReturnType<typeof readState>> | { state: 'unread'; fault: FhirFault };

function mergesIn(answers: readonly (Answer & { key: FollowedKey })[], connectionId: Uuid): Merge[] {
  return answers.flatMap((answer) =>
    answer.state === 'merged' ? [mergeOf(connectionId, keyText(answer.key), answer.into)] : [],
  );
}

async function answerFor({ client }: Connected, key: FollowedKey): Promise<Answer> {
  try {
    return await readState(client, key);
  } catch (error) {
    if (!(error instanceof FhirFault)) throw error;
    return { state: 'unread', fault: error };
  }
}
