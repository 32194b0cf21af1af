import { Body, Controller, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { entityTag, requireIfMatch } from '../../../platform/http/entity-tag.js';
import { Idempotent } from '../../../platform/http/idempotent.js';
import { PageQuery, pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import { Accounts } from '../application/accounts.js';
import { FOREVER } from '../application/channels.js';
import { ReadNumber } from '../application/read-number.js';
import { isAllowedBaseUrl } from '../domain/account.policy.js';
import type { AccountEntity, ChannelEntity } from '../infrastructure/account.entity.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import {
  AccountCheckDto,
  AccountDto,
  AccountPageDto,
  ChangeAccountDto,
  NewAccountDto,
} from './accounts.dto.js';

@ApiTags('whatsapp-accounts')
@Controller('v1/whatsapp-accounts')
export class AccountsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly repository: AccountsRepository,
    private readonly number: ReadNumber,
  ) {}

  /** The organization's business numbers, oldest first. */
  @Get()
  @RequireScope('whatsapp:read')
  list(@Ctx() ctx: Context, @Query() query: PageQuery): Promise<AccountPageDto> {
    return this.transactions.run(ctx, async (tx) => {
      const rows = await this.repository.list(tx, readCursor(query.cursor, 1), query.limit + 1);
      const channels = await this.repository.channels(
        tx,
        rows.map(({ id }) => id),
      );
      const byAccount = new Map(channels.map((channel) => [channel.accountId, channel]));
      const show = (row: AccountEntity): AccountDto => shown(row, byAccount.get(row.id)!);
      return pageOf(rows, query.limit, { keyOf: (row) => [row.id], show });
    });
  }

  @Get(':id')
  @RequireScope('whatsapp:read')
  get(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('wac', 'WhatsApp account')) id: Uuid,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountDto> {
    return this.show(ctx, id, reply);
  }

  @Post()
  @Idempotent()
  @RequireScope('whatsapp:write')
  async create(
    @Ctx() ctx: Context,
    @Body() body: NewAccountDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountDto> {
    requireAllowed(body.graph_base_url, body.allow_private_network ?? false);
    const { id } = await this.accounts.create(ctx, {
      name: body.name,
      graphBaseUrl: body.graph_base_url,
      businessAccountId: body.business_account_id,
      phoneNumberId: body.phone_number_id,
      accessToken: body.access_token,
      appSecrets: body.app_secrets,
      verifyToken: body.verify_token,
      allowPrivateNetwork: body.allow_private_network ?? false,
    });
    return this.show(ctx, id, reply);
  }

  /** Changes what is given. A change also opens a channel that was held. */
  @Patch(':id')
  @RequireScope('whatsapp:write')
  async change(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('wac', 'WhatsApp account')) id: Uuid,
    @Body() body: ChangeAccountDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountDto> {
    const version = requireIfMatch(ifMatch);
    const present = await this.transactions.run(ctx, (tx) => this.accounts.get(tx, id));
    requireAllowed(
      body.graph_base_url ?? present.graphBaseUrl,
      body.allow_private_network ?? present.allowPrivateNetwork,
    );
    await this.accounts.change(ctx, { id, version }, changeOf(body));
    return this.show(ctx, id, reply);
  }

  /** Asks Meta for the number: tells whether address, token and ids are right. */
  @Post(':id/check')
  @HttpCode(200)
  @RequireScope('whatsapp:write')
  async check(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('wac', 'WhatsApp account')) id: Uuid,
  ): Promise<AccountCheckDto> {
    const account = await this.transactions.run(ctx, (tx) => this.accounts.get(tx, id));
    const facts = await this.number.check(ctx, account);
    return {
      ok: true,
      display_number: facts.displayNumber,
      verified_name: facts.verifiedName,
      quality_rating: facts.qualityRating,
    };
  }

  private show(ctx: Context, id: Uuid, reply: FastifyReply): Promise<AccountDto> {
    return this.transactions.run(ctx, async (tx) => {
      const account = await this.accounts.get(tx, id);
      void reply.header('ETag', entityTag(account.version));
      return shown(account, await this.repository.channel(tx, id));
    });
  }
}

function requireAllowed(url: string, allowPrivateNetwork: boolean): void {
  if (isAllowedBaseUrl(url, allowPrivateNetwork)) return;
  throw new Fault({
    code: 'whatsapp-account.plain-http',
    kind: 'unprocessable',
    words: 'The address must begin with https:// unless allow_private_network is true.',
  });
}

function changeOf(body: ChangeAccountDto) {
  return {
    name: body.name,
    graphBaseUrl: body.graph_base_url,
    businessAccountId: body.business_account_id,
    phoneNumberId: body.phone_number_id,
    accessToken: body.access_token,
    appSecrets: body.app_secrets,
    verifyToken: body.verify_token,
    allowPrivateNetwork: body.allow_private_network,
    state: body.state,
  };
}

function shown(account: AccountEntity, channel: ChannelEntity): AccountDto {
  return {
    id: publicId('wac', account.id),
    name: account.name,
    graph_base_url: account.graphBaseUrl,
    business_account_id: account.businessAccountId,
    phone_number_id: account.phoneNumberId,
    display_number: account.displayNumber,
    allow_private_network: account.allowPrivateNetwork,
    state: account.state,
    hold: holdOf(channel),
    quality_rating: channel.qualityRating,
    templates: { read_at: channel.templatesReadAt?.toISOString() ?? null, failure: channel.templatesFailure },
    created_at: account.createdAt.toISOString(),
  };
}

function holdOf({ heldCode, heldScope, heldUntil }: ChannelEntity): AccountDto['hold'] {
  if (heldCode === null || heldScope === null || heldUntil === null) return null;
  const until = heldUntil.getTime() === FOREVER.getTime() ? null : heldUntil.toISOString();
  return { code: heldCode, scope: heldScope, until };
}
