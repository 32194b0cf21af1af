import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../../platform/context/context.js';
import { entityTag } from '../../../platform/http/entity-tag.js';
import { Idempotent } from '../../../platform/http/idempotent.js';
import { pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { uuidFromPublicId, type Uuid } from '../../../platform/ids/ids.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { ReadConsents } from '../application/read.js';
import { ConsentFacade } from '../consent.facade.js';
import { WORDINGS } from '../domain/wordings/index.js';
import {
  ConsentDetailDto,
  ConsentDto,
  ConsentPageDto,
  ConsentQuery,
  GrantConsentDto,
  WithdrawConsentDto,
  WordingListDto,
} from './consents.dto.js';
import { asEvidence, asNewConsent, showConsent, showDetail, showWording } from './consents.mapper.js';

@ApiTags('consents')
@Controller('v1/consents')
export class ConsentsController {
  constructor(
    private readonly consents: ConsentFacade,
    private readonly reader: ReadConsents,
    private readonly organizations: OrganizationsFacade,
  ) {}

  /** Newest first, without evidence. */
  @Get()
  @RequireScope('consents:read')
  async list(@Ctx() ctx: Context, @Query() query: ConsentQuery): Promise<ConsentPageDto> {
    const after = readCursor(query.cursor, 1);
    const patientId = query.patient && (uuidFromPublicId('pat', query.patient) ?? undefined);
    const filter = { patientId, status: query.status, after, limit: query.limit + 1 };
    const rows = query.patient && !patientId ? [] : await this.reader.list(ctx, filter);
    return pageOf(rows, query.limit, { keyOf: (row) => [row.id], show: showConsent });
  }

  /** What patients read before they agree, in every language. */
  @Get('wordings')
  @RequireScope('consents:read')
  async wordings(@Ctx() ctx: Context): Promise<WordingListDto> {
    const { name } = await this.organizations.current(ctx);
    return { data: WORDINGS.map((wording) => showWording(wording, name)), next_cursor: null };
  }

  /** One consent with its evidence and every version. Audited. */
  @Get(':id')
  @RequireScope('consents:read')
  async get(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cns', 'consent')) id: Uuid,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConsentDetailDto> {
    const { consent, history } = await this.reader.open(ctx, id);
    void reply.header('ETag', entityTag(consent.version));
    return showDetail(consent, history);
  }

  /** Records that a patient agreed: one consent per purpose and WhatsApp number of the patient. */
  @Post()
  @Idempotent()
  @RequireScope('consents:write')
  async grant(@Ctx() ctx: Context, @Body() body: GrantConsentDto): Promise<ConsentPageDto> {
    const granted = await this.consents.grant(ctx, asNewConsent(body));
    return { data: granted.map(showConsent), next_cursor: null };
  }

  /** Ends it. Ending it again changes nothing. */
  @Post(':id/withdraw')
  @HttpCode(200)
  @Idempotent()
  @RequireScope('consents:write')
  async withdraw(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cns', 'consent')) id: Uuid,
    @Body() body: WithdrawConsentDto,
  ): Promise<ConsentDto> {
    const { method, evidence } = body;
    await this.consents.withdraw(ctx, { consentId: id, method, evidence: asEvidence(evidence) });
    return showConsent(await this.reader.get(ctx, id));
  }
}
