import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import { entityTag } from '../../../platform/http/entity-tag.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import { PreviewRule } from '../application/preview-rule.js';
import type { RuleEntity } from '../infrastructure/rule.entity.js';
import { RulesRepository } from '../infrastructure/rules.repository.js';
import { ReminderRuleDto, ReminderRulePageDto, RulePreviewDto } from './reminder-rules.dto.js';

@ApiTags('reminder-rules')
@Controller('v1/reminder-rules')
@RequireScope('appointments:read')
export class ReminderRulesController {
  constructor(
    private readonly transactions: Transactions,
    private readonly rules: RulesRepository,
    private readonly previews: PreviewRule,
  ) {}

  /** The rules in force. A hospital has a handful: they come on one page. */
  @Get()
  async list(@Ctx() ctx: Context): Promise<ReminderRulePageDto> {
    const rules = await this.transactions.run(ctx, (tx) => this.rules.active(tx));
    return { data: rules.map(show), next_cursor: null };
  }

  @Get(':id')
  async get(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('rul', 'reminder rule')) id: Uuid,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReminderRuleDto> {
    const rule = await this.transactions.run(ctx, (tx) => this.rules.get(tx, id));
    if (!rule?.active) throw notFound('reminder rule');
    void reply.header('ETag', entityTag(rule.version));
    return show(rule);
  }

  /** What this rule would do in the next fourteen days: how many would go, and why others would not. */
  @Get(':id/preview')
  async preview(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('rul', 'reminder rule')) id: Uuid,
  ): Promise<RulePreviewDto> {
    const { from, to, wouldSend, skipped, cutOff } = await this.previews.run(ctx, id);
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      would_send: wouldSend,
      skipped: skipped.map(({ reason, count }) => ({ reason, count })),
      cut_off: cutOff,
    };
  }
}

function show(rule: RuleEntity): ReminderRuleDto {
  return {
    id: publicId('rul', rule.id),
    key: rule.key,
    before: rule.before,
    template: rule.template,
    pending: rule.pending,
  };
}
