import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditFacade } from '../../../foundation/audit/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import { pageOf, PageQuery, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import { FhirFacade, type Kept } from '../../fhir/index.js';
import { PatientsFacade } from '../patients.facade.js';
import {
  CareTeamsDto,
  KeptResourceDetailDto,
  type KeptResourceDto,
  KeptResourcePageDto,
} from './patient-records.dto.js';

const PATIENT = new PublicId('pat', 'patient');

/** What else is known of one patient. Of a merged record it is what is known of the person. */
@ApiTags('patients')
@Controller('v1/patients/:id')
export class PatientRecordsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly patients: PatientsFacade,
    private readonly fhir: FhirFacade,
    private readonly audit: AuditFacade,
  ) {}

  /** Who treats the patient, as the EHR says it; asked at most once a day. Leaves an audit event. */
  @Get('care-teams')
  @RequireScope('patients:read')
  async careTeams(@Ctx() ctx: Context, @Param('id', PATIENT) id: Uuid): Promise<CareTeamsDto> {
    await this.recordsOf(ctx, id);
    const { offered, asOf, teams } = await this.patients.careTeamsOf(ctx, id);
    await this.audit.record(ctx, {
      type: 'patient.care-teams-read',
      action: 'R',
      entity: { kind: 'patient', id },
      patientId: id,
    });
    return { offered, as_of: asOf?.toISOString() ?? null, data: teams };
  }

  /** What the EHR did not offer to take, newest first, without content. Leaves an audit event. */
  @Get('kept-resources')
  @RequireScope('kept-resources:read')
  async kept(
    @Ctx() ctx: Context,
    @Param('id', PATIENT) id: Uuid,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<KeptResourcePageDto> {
    const records = await this.recordsOf(ctx, id);
    const [after = null] = readCursor(cursor, 1) ?? [];
    const rows = await this.transactions.run(ctx, async (tx) => {
      const page = { after: after === null ? null : String(after), limit: limit + 1 };
      const found = await this.fhir.keptOf(tx, records, page);
      await this.audit.record(tx, {
        type: 'kept-resources.listed',
        action: 'R',
        entity: { kind: 'patient', id },
        patientId: id,
        detail: { count: found.length },
      });
      return found;
    });
    return pageOf(rows, limit, { keyOf: (row) => [row.id], show });
  }

  /** One of them with its content. Leaves an audit event before anything is shown. */
  @Get('kept-resources/:resource')
  @RequireScope('kept-resources:read')
  async one(
    @Ctx() ctx: Context,
    @Param('id', PATIENT) id: Uuid,
    @Param('resource', new PublicId('kpt', 'kept resource')) resourceId: Uuid,
  ): Promise<KeptResourceDetailDto> {
    const records = await this.recordsOf(ctx, id);
    return this.transactions.run(ctx, async (tx) => {
      const found = await this.fhir.keptResource(tx, resourceId, records);
      if (!found) throw notFound('kept resource');
      await this.audit.record(tx, {
        type: 'kept-resource.read',
        action: 'R',
        entity: { kind: 'kept-resource', id: resourceId },
        patientId: id,
      });
      return { ...show(found), resource: found.resource };
    });
  }

  /** Throws not-found for who is not known, or erased. */
  private async recordsOf(ctx: Context, id: Uuid): Promise<Uuid[]> {
    if (!(await this.patients.get(ctx, id))) throw notFound('patient');
    return this.patients.recordsOf(ctx, id);
  }
}

function show(kept: Kept): KeptResourceDto {
  return {
    id: publicId('kpt', kept.id),
    type: kept.type,
    ehr_connection: publicId('ehr', kept.connectionId),
    state: kept.state,
    kept_at: kept.keptAt.toISOString(),
    written_at: kept.writtenAt?.toISOString() ?? null,
    reference: kept.reference,
    fault: kept.faultCode,
  };
}
