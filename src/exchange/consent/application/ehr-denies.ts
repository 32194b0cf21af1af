import { Injectable } from '@nestjs/common';
import type { Consent as FhirConsent, Patient as FhirPatient } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { type Context, detached, type TxContext } from '../../../platform/context/context.js';
import { closeFence, fenceKey } from '../../../platform/database/fence.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { FhirFacade } from '../../fhir/index.js';
import { PatientsFacade, type Patient } from '../../patients/index.js';
import type { Purpose } from '../domain/consent.js';
import { deniedByConsents, deniedByFlags } from '../domain/ehr-deny.policy.js';
import { EhrDenyRepository } from '../infrastructure/ehr-deny.repository.js';

interface Said {
  denied: ReadonlySet<Purpose>;
  /** False when the EHR did not show all that it may have: then nothing is lifted. */
  whole: boolean;
}

const NOTHING: Said = { denied: new Set(), whole: true };

/** Few at a time: an EHR's budget is for visits first. */
const BATCH = 10;

/** What the EHR says against messages. It can only take away: what our own consent lacks, no EHR gives. */
@Injectable()
export class EhrDenies {
  constructor(
    private readonly transactions: Transactions,
    private readonly fhir: FhirFacade,
    private readonly patients: PatientsFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly denies: EhrDenyRepository,
    private readonly audit: AuditFacade,
    private readonly log: Log,
  ) {}

  /** Those who agreed just now are asked about next. */
  due(ctx: Context, consentIds: readonly Uuid[]): Promise<void> {
    return this.transactions.run(ctx, (tx) => this.denies.due(tx, consentIds));
  }

  /** The loop's work: everybody who agreed to anything, once a day. Returns how many were due. */
  async claim(ctx: Context): Promise<number> {
    const ids = await this.transactions.run(ctx, (tx) => this.denies.claim(tx, BATCH));
    for (const id of ids) {
      await this.check(ctx, id).catch((error: unknown) => {
        if (!(error instanceof Fault)) throw error;
        this.log.warn('consent.ehr-not-asked', { organization_id: ctx.organizationId, id, code: error.code });
      });
    }
    return ids.length;
  }

  /** Asks the EHR unless it was asked today, by the hospital's day. Throws `fhir.unavailable` and the like. */
  async freshen(caller: Context, patientId: Uuid): Promise<void> {
    const ctx = detached(caller);
    // A deny under any record of a person holds for all of them.
    for (const recordId of await this.patients.recordsOf(ctx, patientId))
      await this.freshenOne(ctx, recordId);
  }

  private async freshenOne(ctx: Context, patientId: Uuid): Promise<void> {
    const { timeZone } = await this.organizations.current(ctx);
    const fresh = await this.transactions.run(ctx, async (tx) => {
      const today = DateTime.fromJSDate(await nowIn(tx), { zone: timeZone })
        .startOf('day')
        .toJSDate();
      const checkedAt = await this.denies.checkedAt(tx, patientId);
      return checkedAt !== null && checkedAt >= today;
    });
    if (!fresh) await this.check(ctx, patientId);
  }

  private async check(ctx: Context, patientId: Uuid): Promise<void> {
    const patient = await this.patients.get(ctx, patientId);
    const said = patient ? await this.said(ctx, patient).catch(nothingNew) : NOTHING;
    await this.transactions.run(ctx, (tx) => this.take(tx, patientId, said));
  }

  private async said(ctx: Context, patient: Patient): Promise<Said> {
    const { connectionId } = patient;
    const reference = `Patient/${patient.fhirId}`;
    const [{ reads }, flags] = [
      await this.fhir.capabilities(ctx, connectionId),
      await this.fhir.contactFlags(ctx, connectionId),
    ];
    const denied = reads.includes('Consent')
      ? deniedByConsents(await this.consentsOf(ctx, connectionId, reference), await this.now(ctx))
      : new Set<Purpose>();
    if (flags.length === 0) return { denied, whole: true };
    const read = await this.fhir.read(ctx, connectionId, reference);
    if (read.state !== 'current') return { denied, whole: false };
    return {
      denied: new Set([...denied, ...deniedByFlags(read.row.resource as FhirPatient, flags)]),
      whole: true,
    };
  }

  private async consentsOf(ctx: Context, connectionId: Uuid, patient: string): Promise<FhirConsent[]> {
    const found = await this.fhir.search(ctx, connectionId, 'Consent', { patient });
    // Servers ignore filters: another patient's Consent says nothing here.
    return found.filter(
      (one): one is FhirConsent =>
        one.resourceType === 'Consent' && `/${one.patient?.reference ?? ''}`.endsWith(`/${patient}`),
    );
  }

  private now(ctx: Context): Promise<Date> {
    return this.transactions.run(ctx, nowIn);
  }

  private async take(tx: TxContext, patientId: Uuid, { denied, whole }: Said): Promise<void> {
    const before = await this.denies.purposesOf(tx, patientId);
    const added = [...denied].filter((purpose) => !before.includes(purpose));
    const lifted = whole ? before.filter((purpose) => !denied.has(purpose)) : [];
    if (added.length > 0) {
      // As for an opt-out: once this has committed, no send to these addresses begins on the word of before.
      const addresses = await this.denies.addressesOf(tx, patientId);
      await closeFence(
        tx,
        addresses.map((id) => fenceKey(tx.organizationId, 'address', id)),
      );
      await this.denies.add(tx, patientId, added);
    }
    if (lifted.length > 0) await this.denies.remove(tx, patientId, lifted);
    await this.denies.checked(tx, patientId);
    if (added.length + lifted.length === 0) return;
    await this.audit.record(tx, {
      type: 'consent.ehr-denies-changed',
      action: 'U',
      entity: { kind: 'patient', id: patientId },
      patientId,
      detail: { added: added.join(' '), lifted: lifted.join(' ') },
    });
  }
}

/** An EHR that is away is asked again; one that does not let us look changes nothing of what it said before. */
function nothingNew(error: unknown): Said {
  if (error instanceof Fault && !error.retryable) return { denied: new Set(), whole: false };
  throw error;
}
