import { Injectable } from '@nestjs/common';
import { OrganizationsFacade } from '../../../../foundation/organizations/index.js';
import { Clock } from '../../../../platform/clock/clock.js';
import type { Context } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { Fault } from '../../../../platform/errors/fault.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { Log } from '../../../../platform/logging/log.js';
import { basesOf } from '../../domain/connection.js';
import { sortRows } from '../../domain/incoming.js';
import type { FollowedType } from '../../domain/rows.js';
import { horizonOf } from '../../domain/windows.js';
import { type Connected, Clients } from '../../infrastructure/clients.js';
import { WithheldRecords } from '../../infrastructure/withheld-records.js';
import { ResourcesRepository } from '../../infrastructure/resources.repository.js';
import { type DueHint, HintsRepository } from '../../infrastructure/hints.repository.js';
import { Intake, mergeOf } from '../intake.js';
import { readState } from '../live-read.js';

/** Reads go at the EHR's budget: a turn of this many ends before others have waited long. */
const AT_ONCE = 50;

/** Waits before the next tries; after the last, the slow scan is what finds the change. */
const AGAIN_AFTER_S = [5, 15, 60, 300, 900, 3_600];

/** Reads what was hinted at, and takes it in as a sync would: strangers and visits beyond the horizon are left out. */
@Injectable()
export class ReadHints {
  constructor(
    private readonly transactions: Transactions,
    private readonly hints: HintsRepository,
    private readonly clients: Clients,
    private readonly resources: ResourcesRepository,
    private readonly intake: Intake,
    private readonly withheld: WithheldRecords,
    private readonly organizations: OrganizationsFacade,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The loop's work: the hints of one connection. */
  async claim(ctx: Context): Promise<number> {
    const taken = await this.transactions.run(ctx, (tx) => this.hints.takeDue(tx, AT_ONCE));
    if (!taken) return 0;
    const connected = await this.clients.of(ctx, taken.connectionId);
    const read = await Promise.all(taken.hints.map((hint) => this.readOne(ctx, connected, hint)));
    const done = taken.hints.filter((_, index) => read[index]);
    await this.transactions.run(ctx, (tx) => this.hints.done(tx, taken.connectionId, done));
    return taken.hints.length;
  }

  /** False when it is to be tried again. */
  private async readOne(ctx: Context, connected: Connected, hint: DueHint): Promise<boolean> {
    try {
      await this.take(ctx, connected, hint);
      return true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return this.failed(ctx, connected.connection.id, { hint, error });
    }
  }

  private async take(ctx: Context, connected: Connected, { type, id }: DueHint): Promise<void> {
    const connectionId = connected.connection.id;
    if (await this.isRestricted(ctx, connectionId, `${type}/${id}`)) return;
    const found = await readState(connected.client, { type, id });
    if (found.state === 'gone') {
      await this.intake.takeGone(ctx, connectionId, type as FollowedType, [id]);
    } else if (found.state === 'merged') {
      await this.intake.takeMerged(ctx, connectionId, [mergeOf(connectionId, `${type}/${id}`, found.into)]);
    } else if (found.state === 'forbidden') {
      await this.withheld.forbid(ctx, connectionId, { type, id });
    } else {
      const rows = sortRows([found.resource], basesOf(connected.connection));
      const { timeZone } = await this.organizations.current(ctx);
      const horizon = horizonOf(await this.clock.now(), timeZone, connected.connection.horizonDays);
      await this.intake.take(ctx, connected, rows, { horizon, followed: new Map(), companions: new Map() });
    }
  }

  /** Each read of a record behind break-the-glass is an alarm in the EHR. */
  private async isRestricted(ctx: Context, connectionId: Uuid, key: string): Promise<boolean> {
    const restricted = await this.transactions.run(ctx, (tx) =>
      this.resources.restricted(tx, connectionId, [key]),
    );
    return restricted.size > 0;
  }

  private async failed(
    ctx: Context,
    connectionId: Uuid,
    { hint, error }: { hint: DueHint; error: Fault },
  ): Promise<boolean> {
    const wait = error.retryable ? AGAIN_AFTER_S[hint.attempts] : undefined;
    if (wait === undefined) {
      this.log.warn('fhir.hint-given-up', {
        organization_id: ctx.organizationId,
        id: connectionId,
        code: error.code,
      });
      return true;
    }
    const seconds = Math.max(wait, error.retryAfterSeconds ?? 0);
    await this.transactions.run(ctx, (tx) => this.hints.later(tx, connectionId, hint, seconds));
    return false;
  }
}
