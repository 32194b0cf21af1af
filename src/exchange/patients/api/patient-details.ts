import { Injectable } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TxContext } from '../../../platform/context/context.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import { Addresses } from '../application/addresses.js';
import { Directory } from '../application/directory.js';
import { faultOf } from '../domain/guardian.policy.js';
import { languageOrder } from '../domain/language.policy.js';
import { masked } from '../domain/mask.js';
import type { Patient } from '../domain/patient.js';
import { type KnownProxy, ProxiesRepository } from '../infrastructure/proxies.repository.js';
import type { PatientAddressDto, PatientDetailDto, PatientDto, PatientProxyDto } from './patients.dto.js';

type Details = Omit<PatientDetailDto, keyof PatientDto>;

/** What a nurse needs to see of one patient: who it is, where messages go, who speaks for a minor. */
@Injectable()
export class PatientDetails {
  constructor(
    private readonly directory: Directory,
    private readonly addresses: Addresses,
    private readonly proxies: ProxiesRepository,
    private readonly organizations: OrganizationsFacade,
  ) {}

  async of(ctx: TxContext, { id, language }: Patient): Promise<Details> {
    const names = await this.directory.namesOf(ctx, [id]);
    const reached = await this.addresses.of(ctx, id);
    const proxies = await this.proxies.of(ctx, [id]);
    const shown = await this.shown(ctx, [
      ...reached.map((address) => address.id),
      ...proxies.flatMap(({ addressIds }) => addressIds),
    ]);
    const now = await nowIn(ctx);
    const { languages } = await this.organizations.current(ctx);
    return {
      name: names.get(id)?.text ?? null,
      addresses: reached.map(({ id: addressId, confirmed }) => ({ ...shown.get(addressId)!, confirmed })),
      proxies: proxies.map((proxy) => showProxy(proxy, shown, now)),
      languages: languageOrder(language, languages),
    };
  }

  private async shown(ctx: TxContext, ids: readonly Uuid[]): Promise<Map<Uuid, PatientAddressDto>> {
    const recipients = await this.addresses.recipientsOf(ctx, ids);
    const shown = new Map<Uuid, PatientAddressDto>();
    for (const id of ids) {
      const recipient = recipients.get(id);
      const text = recipient && ('to' in recipient ? recipient.to : recipient.recipient);
      const kind = recipient && 'recipient' in recipient ? 'user-id' : 'phone';
      shown.set(id, { id: publicId('adr', id), kind, masked: text === undefined ? null : masked(text) });
    }
    return shown;
  }
}

function showProxy(
  proxy: KnownProxy,
  shown: ReadonlyMap<Uuid, PatientAddressDto>,
  now: Date,
): PatientProxyDto {
  return {
    reference: `RelatedPerson/${proxy.fhirId}`,
    relationship: proxy.code,
    fault: faultOf(proxy, now),
    ends_at: proxy.until?.toISOString() ?? null,
    addresses: proxy.addressIds.map((id) => shown.get(id)!),
  };
}
