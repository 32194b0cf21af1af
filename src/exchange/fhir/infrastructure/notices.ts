import { Injectable } from '@nestjs/common';
import { type Context, systemContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { FhirClientSettings } from './fhir-client.js';
import { ForeignAddresses } from './foreign-addresses.js';
import { WithheldRecords } from './withheld-records.js';

/** What a client notices of its EHR beside what it was asked for, and who is told. */
@Injectable()
export class Notices {
  constructor(
    private readonly foreign: ForeignAddresses,
    private readonly withheld: WithheldRecords,
  ) {}

  of(
    { organizationId }: Context,
    connectionId: Uuid,
  ): Pick<FhirClientSettings, 'onForeign' | 'onRestricted'> {
    const ctx = systemContext(organizationId, 'ehr');
    return {
      onForeign: (where) => this.foreign.tell(ctx, connectionId, where),
      onRestricted: (key) => this.withheld.restrict(ctx, connectionId, key),
    };
  }
}
