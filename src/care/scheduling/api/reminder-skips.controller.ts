import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId } from '../../../platform/ids/ids.js';
import { skipWords } from '../domain/skip-words.js';
import { withOffset } from '../domain/wall-clock.js';
import { SkipsRepository, type Skip } from '../infrastructure/skips.repository.js';
import { ReminderSkipDto, ReminderSkipPageDto, ReminderSkipQuery } from './reminder-skips.dto.js';

@ApiTags('reminder-skips')
@Controller('v1/reminder-skips')
@RequireScope('appointments:read')
export class ReminderSkipsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly skips: SkipsRepository,
  ) {}

  /** Every reminder that did not reach its patient, and why, by the time that it was due. No names. */
  @Get()
  async list(@Ctx() ctx: Context, @Query() query: ReminderSkipQuery): Promise<ReminderSkipPageDto> {
    const { since, until, reason, limit } = query;
    const after = readCursor(query.cursor, 2);
    const rows = await this.transactions.run(ctx, (tx) =>
      this.skips.list(tx, { since, until, reason, after, limit: limit + 1 }),
    );
    return pageOf(rows, limit, { keyOf: ({ dueAt, id }) => [dueAt.toISOString(), id], show });
  }
}

function show(skip: Skip): ReminderSkipDto {
  const { timeZone } = skip;
  return {
    id: publicId('stp', skip.id),
    appointment: publicId('apt', skip.appointmentId),
    patient: skip.patientId && publicId('pat', skip.patientId),
    rule: skip.ruleKey,
    visit_version: skip.visitVersion,
    state: skip.state,
    reason: skip.reason,
    words: skipWords(skip.reason),
    due_at: withOffset(skip.dueAt, timeZone),
    ended_at: withOffset(skip.endedAt, timeZone),
    message_id: skip.messageId && publicId('msg', skip.messageId),
  };
}
