import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditFacade } from '../../../foundation/audit/index.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault, notFound } from '../../../platform/errors/fault.js';
import { pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId, type Uuid, uuidFromPublicId } from '../../../platform/ids/ids.js';
import { FhirFacade } from '../../fhir/index.js';
import { Directory } from '../application/directory.js';
import { PatientsRepository, type ShownPatient } from '../infrastructure/patients.repository.js';
import { PatientDetails } from './patient-details.js';
import { PatientDetailDto, PatientDto, PatientPageDto, PatientQuery } from './patients.dto.js';

@ApiTags('patients')
@Controller('v1/patients')
export class PatientsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: PatientsRepository,
    private readonly details: PatientDetails,
    private readonly fhir: FhirFacade,
    private readonly audit: AuditFacade,
    private readonly directory: Directory,
  ) {}

  /** Patients with a visit in the horizon. Leaves an audit event. */
  @Get()
  @RequireScope('patients:read')
  async list(@Ctx() ctx: Context, @Query() query: PatientQuery): Promise<PatientPageDto> {
    const connectionId = await this.connectionOf(ctx, query);
    if (connectionId === null) return { data: [], next_cursor: null };
    // Of a merged record the one that stands for it is shown.
    const named = query.reference && (await this.directory.known(ctx, connectionId!, query.reference));
    if (named === null) return { data: [], next_cursor: null };
    const filter = { connectionId, fhirId: named ? named.fhirId : undefined };
    const after = readCursor(query.cursor, 1);
    const rows = await this.transactions.run(ctx, async (tx) => {
      const found = await this.repository.list(tx, { ...filter, after, limit: query.limit + 1 });
      await this.audit.record(tx, { type: 'patients.listed', action: 'R', detail: { count: found.length } });
      return found;
    });
    return pageOf(rows, query.limit, { keyOf: (row) => [row.id], show });
  }

  /** One patient by name, with masked addresses. Leaves an audit event before anything is shown. */
  @Get(':id')
  @RequireScope('patients:read')
  get(@Ctx() ctx: Context, @Param('id', new PublicId('pat', 'patient')) id: Uuid): Promise<PatientDetailDto> {
    return this.transactions.run(ctx, async (tx) => {
      const row = await this.repository.shown(tx, id);
      if (!row) throw notFound('patient');
      await this.audit.record(tx, {
        type: 'patient.read',
        action: 'R',
        entity: { kind: 'patient', id },
        patientId: id,
      });
      return { ...show(row), ...(await this.details.of(tx, row)) };
    });
  }

  /** Undefined: any; null: there is none of that name. */
  private async connectionOf(ctx: Context, query: PatientQuery): Promise<Uuid | null | undefined> {
    const { ehr_connection: named, reference } = query;
    if (named === undefined && reference !== undefined) throw needsConnection();
    if (named === undefined) return undefined;
    const id = uuidFromPublicId('ehr', named);
    const all = await this.fhir.connections(ctx);
    return all.find((connection) => connection.id === id || connection.name === named)?.id ?? null;
  }
}

function show(row: ShownPatient): PatientDto {
  return {
    id: publicId('pat', row.id),
    ehr_connection: publicId('ehr', row.connectionId),
    reference: `Patient/${row.fhirId}`,
    language: row.language,
    deceased: row.deceased,
    active: row.active,
    minor: row.minor,
    by_proxy: row.byProxy,
    contact_fault: row.contactFault,
    merged_into: row.survivorId && publicId('pat', row.survivorId),
    contact_review: row.contactReview,
  };
}

function needsConnection(): Fault {
  return new Fault({
    code: 'patients.reference-without-connection',
    kind: 'invalid',
    words: 'A reference belongs to one EHR: say ehr_connection too.',
    fields: [{ pointer: '/ehr_connection', code: 'required', words: 'is needed with reference' }],
  });
}
