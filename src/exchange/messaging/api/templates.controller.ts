import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { PageQuery, pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId } from '../../../platform/ids/ids.js';
import { isUsable, parametersOf, quickRepliesOf } from '../domain/template.js';
import type { TemplateEntity } from '../infrastructure/template.entity.js';
import { TemplatesRepository } from '../infrastructure/templates.repository.js';
import { TemplateDto, TemplatePageDto } from './templates.dto.js';

@ApiTags('templates')
@Controller('v1/templates')
export class TemplatesController {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: TemplatesRepository,
  ) {}

  /** The message templates of the organization's business accounts, by name and language. */
  @Get()
  @RequireScope('whatsapp:read')
  async list(@Ctx() ctx: Context, @Query() query: PageQuery): Promise<TemplatePageDto> {
    const after = readCursor(query.cursor, 3);
    const rows = await this.transactions.run(ctx, (tx) => this.repository.list(tx, after, query.limit + 1));
    return pageOf(rows, query.limit, { keyOf: (row) => [row.name, row.language, row.id], show });
  }
}

function show(template: TemplateEntity): TemplateDto {
  return {
    id: publicId('tpl', template.id),
    name: template.name,
    language: template.language,
    status: template.status,
    category: template.category,
    parameters: parametersOf(template).length,
    quick_replies: quickRepliesOf(template),
    body: template.components.find(({ type }) => type === 'BODY')?.text ?? '',
    usable: isUsable(template),
    read_at: template.readAt.toISOString(),
  };
}
