import { Body, Controller, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../../platform/context/context.js';
import { entityTag, requireIfMatch } from '../../../platform/http/entity-tag.js';
import { Idempotent } from '../../../platform/http/idempotent.js';
import { PageQuery, pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Connections, type ConnectionView } from '../application/connections.js';
import { Probe } from '../application/probe.js';
import { SigningKeys } from '../application/signing-keys.js';
import { Sync } from '../application/sync.js';
import { DEFAULTS } from '../domain/settings.policy.js';
import { CapabilitiesDto, CheckDto } from './capabilities.dto.js';
import { settingsFrom } from './connection-input.js';
import { showCapabilities, showCheck, showConnection } from './connection-views.js';
import {
  ChangeConnectionDto,
  ConnectionDto,
  ConnectionPageDto,
  CreateConnectionDto,
  RotationDto,
  SyncFiguresDto,
} from './connections.dto.js';

const ID = new PublicId('ehr', 'EHR connection');

@ApiTags('ehr-connections')
@Controller('v1/ehr-connections')
export class ConnectionsController {
  constructor(
    private readonly connections: Connections,
    private readonly probe: Probe,
    private readonly sync: Sync,
    private readonly keys: SigningKeys,
  ) {}

  /** By name. */
  @Get()
  @RequireScope('ehr:read')
  async list(@Ctx() ctx: Context, @Query() query: PageQuery): Promise<ConnectionPageDto> {
    const after = readCursor(query.cursor, 1);
    const views = await this.connections.list(ctx, { after, limit: query.limit + 1 });
    return pageOf(views, query.limit, { keyOf: ({ connection }) => [connection.name], show: showConnection });
  }

  @Get(':id')
  @RequireScope('ehr:read')
  async get(
    @Ctx() ctx: Context,
    @Param('id', ID) id: Uuid,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionDto> {
    return tagged(reply, await this.connections.get(ctx, id));
  }

  @Post()
  @Idempotent()
  @RequireScope('ehr:write')
  async create(
    @Ctx() ctx: Context,
    @Body() body: CreateConnectionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionDto> {
    const settings = settingsFrom({ ...DEFAULTS, name: body.name, baseUrl: '' }, body);
    return tagged(reply, await this.connections.create(ctx, settings));
  }

  @Patch(':id')
  @RequireScope('ehr:write')
  async change(
    @Ctx() ctx: Context,
    @Param('id', ID) id: Uuid,
    @Body() body: ChangeConnectionDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionDto> {
    const version = requireIfMatch(ifMatch);
    const settings = settingsFrom(await this.connections.settings(ctx, id), body);
    return tagged(reply, await this.connections.change(ctx, { id, version }, settings));
  }

  /** Syncs now and answers with what it did. */
  @Post(':id/sync')
  @HttpCode(200)
  @RequireScope('ehr:write')
  syncNow(@Ctx() ctx: Context, @Param('id', ID) id: Uuid): Promise<SyncFiguresDto> {
    return this.sync.runNow(ctx, id);
  }

  /** What the EHR can do, as last asked. */
  @Get(':id/capabilities')
  @RequireScope('ehr:read')
  async capabilities(@Ctx() ctx: Context, @Param('id', ID) id: Uuid): Promise<CapabilitiesDto> {
    return showCapabilities(await this.probe.described(ctx, id));
  }

  /** Makes the next key by which we sign in to the EHR: published at once, used a day later. */
  @Post(':id/rotate-key')
  @HttpCode(200)
  @RequireScope('ehr:write')
  async rotateKey(@Ctx() ctx: Context, @Param('id', ID) id: Uuid): Promise<RotationDto> {
    const { kid, signsFrom } = await this.keys.rotate(ctx, id);
    return { kid, signs_from: signsFrom.toISOString() };
  }

  /** Asks the EHR now whether we can speak with it, and what it can do; also while the connection is switched off. */
  @Post(':id/check')
  @HttpCode(200)
  @RequireScope('ehr:write')
  async check(@Ctx() ctx: Context, @Param('id', ID) id: Uuid): Promise<CheckDto> {
    return showCheck(await this.probe.check(ctx, id));
  }
}

function tagged(reply: FastifyReply, view: ConnectionView): ConnectionDto {
  void reply.header('ETag', entityTag(view.connection.version));
  return showConnection(view);
}
