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
import { type ContactFlag, FhirFacade } from '../../fhir/index.js';
import { PatientsFacade, type Patient } from '../../patients/index.js';
import type { Purpose } from '../domain/consent.js';
import { deniedByConsents, deniedByFlags, type DenySource } from '../domain/ehr-deny.policy.js';
import { type Deny, EhrDenyRepository } from '../infrastructure/ehr-deny.repository.js';

/** What each place says that was read to its end. A place that is missing was not read: what it said before stays. */
type Said = Partial<Record<DenySource, ReadonlySet<Purpose>>>;

/** Of nobody nothing is denied. */
const NOTHING: Said = { consent: new Set(), 'contact-flag': new Set() };

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
    const said = patient ? await this.said(ctx, patient).catch(unread) : NOTHING;
    await this.transactions.run(ctx, (tx) => this.take(tx, patientId, said ?? {}));
  }

  private async said(ctx: Context, patient: Patient): Promise<Said> {
    const { connectionId } = patient;
    const reference = `Patient/${patient.fhirId}` as const;
    const [{ reads }, flags] = [
      await this.fhir.capabilities(ctx, connectionId),
      await this.fhir.contactFlags(ctx, connectionId),
    ];
    const consents = reads.includes('Consent')
      ? await this.consentsOf(ctx, connectionId, reference).catch(unread)
      : null;
    return {
      ...(consents && { consent: deniedByConsents(consents, await this.now(ctx)) }),
      ...(await this.flagged(ctx, { connectionId, reference, flags })),
    };
  }

  /** A hospital that names no marks has none that deny. */
  private async flagged(
    ctx: Context,
    of: { connectionId: Uuid; reference: `Patient/${string}`; flags: ContactFlag[] },
  ): Promise<Said> {
    if (of.flags.length === 0) return { 'contact-flag': new Set() };
    const read = await this.fhir.read(ctx, of.connectionId, of.reference).catch(unread);
    if (read?.state !== 'current') return {};
    return { 'contact-flag': deniedByFlags(read.row.resource as FhirPatient, of.flags) };
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

  private async take(tx: TxContext, patientId: Uuid, said: Said): Promise<void> {
    const before = await this.denies.of(tx, patientId);
    const now = before.filter(({ source }) => !said[source]).concat(deniesOf(said));
    const [added, lifted] = [without(now, before), without(before, now)];
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
      detail: { added: onlyIn(now, before), lifted: onlyIn(before, now) },
    });
  }
}

function deniesOf(said: Said): Deny[] {
  return Object.entries(said).flatMap(([source, purposes]) =>
    [...purposes].map((purpose) => ({ purpose, source: source as DenySource })),
  );
}

function without(denies: readonly Deny[], others: readonly Deny[]): Deny[] {
  return denies.filter(
    (deny) => !others.some(({ purpose, source }) => purpose === deny.purpose && source === deny.source),
  );
}

/** The purposes of the one and not of the other, wherever they are denied. */
function onlyIn(denies: readonly Deny[], others: readonly Deny[]): string {
  const known = new Set(others.map(({ purpose }) => purpose));
  const purposes = new Set(denies.map(({ purpose }) => purpose).filter((purpose) => !known.has(purpose)));
  return [...purposes].join(' ');
}

/** An EHR that is away is asked again; one that does not let us look changes nothing of what it said before. */
function unread(error: unknown): null {
  if (error instanceof Fault && !error.retryable) return null;
  throw error;
}
