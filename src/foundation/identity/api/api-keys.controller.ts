import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Idempotent } from '../../../platform/http/idempotent.js';
import { PageQuery, pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import { ApiKeys } from '../application/api-keys.js';
import type { ApiKeyEntity } from '../infrastructure/api-key.entity.js';
import { ApiKeysRepository } from '../infrastructure/api-keys.repository.js';
import { ApiKeyDto, ApiKeyPageDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-keys.dto.js';

@ApiTags('api-keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: ApiKeysRepository,
    private readonly keys: ApiKeys,
  ) {}

  @Get()
  @RequireScope('api-keys:read')
  async list(@Ctx() ctx: Context, @Query() query: PageQuery): Promise<ApiKeyPageDto> {
    const after = readCursor(query.cursor, 2);
    const rows = await this.transactions.run(ctx, (tx) => this.repository.list(tx, after, query.limit + 1));
    return pageOf(rows, query.limit, { keyOf: (row) => [row.createdAt.toISOString(), row.id], show });
  }

  /** Makes a key for this hospital. Its clear text is in this answer only. */
  @Post()
  @Idempotent()
  @RequireScope('api-keys:write')
  async create(@Ctx() ctx: Context, @Body() body: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    const { row, key } = await this.keys.create(ctx, {
      name: body.name,
      scopes: body.scopes,
      lifeDays: body.expires_in_days,
    });
    return { ...show(row), key };
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @RequireScope('api-keys:write')
  async revoke(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('key', 'API key')) id: Uuid,
  ): Promise<ApiKeyDto> {
    return show(await this.keys.revoke(ctx, id));
  }
}

function show(row: ApiKeyEntity): ApiKeyDto {
  return {
    id: publicId('key', row.id),
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
