import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { RelatedPerson } from 'fhir/r4.js';
import { type Organization, OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TxContext } from '../../../platform/context/context.js';
import { FhirFacade, type FhirPage, type FhirRow } from '../../fhir/index.js';
import { guardianshipOf } from '../domain/guardian.policy.js';
import { type ListedNumber, reachableAt } from '../domain/telecom.policy.js';
import { ErasedRepository } from '../infrastructure/erased.repository.js';
import { ProxiesRepository, type ProxyRow } from '../infrastructure/proxies.repository.js';
import { Addresses } from './addresses.js';
import { ProxyItems } from './proxy-items.js';

interface Relative {
  row: ProxyRow;
  numbers: ListedNumber[];
}

/** The last two parts of `Patient/1`, also behind the EHR's own address. */
const PATIENT = /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/;

/** Takes in who may speak for a patient. `Patient.contact` is nobody here: whom to call is not who may be told. */
@Injectable()
export class ProxySink implements OnModuleInit {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly addresses: Addresses,
    private readonly proxies: ProxiesRepository,
    private readonly items: ProxyItems,
    private readonly erased: ErasedRepository,
  ) {}

  onModuleInit(): void {
    this.fhir.onPage('RelatedPerson', (ctx, page) => this.take(ctx, page));
  }

  private async take(ctx: TxContext, { changed, gone }: FhirPage<RelatedPerson>): Promise<void> {
    await this.proxies.deactivate(
      ctx,
      gone.map(({ resourceId }) => resourceId),
    );
    const organization = await this.organizations.current(ctx);
    const now = await nowIn(ctx);
    const relatives = changed.map((row) => relativeOf(row, organization, now));
    await this.save(ctx, await this.withoutErased(ctx, relatives));
    const touched = [...changed, ...gone].map(({ resourceId }) => resourceId);
    await this.items.resolveFor(ctx, await this.proxies.wardsOf(ctx, touched));
  }

  /** Nobody is kept who speaks for a patient that is erased. */
  private async withoutErased(ctx: TxContext, relatives: readonly Relative[]): Promise<Relative[]> {
    const kept: Relative[] = [];
    for (const relative of relatives) {
      const { connectionId, patientFhirId } = relative.row;
      const erased = await this.erased.references(ctx, connectionId, [patientFhirId]);
      if (erased.size === 0) kept.push(relative);
    }
    return kept;
  }

  private async save(ctx: TxContext, relatives: readonly Relative[]): Promise<void> {
    if (relatives.length === 0) return;
    const ids = await this.addresses.idsOf(
      ctx,
      relatives.flatMap(({ numbers }) => numbers.map(({ number }) => number)),
    );
    const addresses = relatives.flatMap(({ row, numbers }) =>
      numbers.map(({ number, from, until }, place) => ({
        proxyId: row.id,
        addressId: ids.get(number)!,
        rank: place + 1,
        from,
        until,
      })),
    );
    await this.proxies.save(
      ctx,
      relatives.map(({ row }) => row),
      addresses,
    );
  }
}

function relativeOf(row: FhirRow<RelatedPerson>, organization: Organization, now: Date): Relative {
  const { resource } = row;
  const { numbers, fault } = reachableAt(resource, { ...organization, now });
  return {
    numbers,
    row: {
      id: row.resourceId,
      connectionId: row.connectionId,
      fhirId: row.fhirId,
      patientFhirId: PATIENT.exec(resource.patient.reference ?? '')?.[1] ?? '',
      ...guardianshipOf(resource, organization.timeZone),
      contactFault: fault,
    },
  };
}
