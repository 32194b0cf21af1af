import { Injectable } from '@nestjs/common';
import { type Context, systemContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { FhirClientSettings } from './fhir-client.js';
import { ForeignAddresses } from './foreign-addresses.js';
import { KeptRecords } from './kept-records.js';

/** What a client notices of its EHR beside what it was asked for, and who is told. */
@Injectable()
export class Notices {
  constructor(
    private readonly foreign: ForeignAddresses,
    private readonly kept: KeptRecords,
  ) {}

  of(
    { organizationId }: Context,
    connectionId: Uuid,
  ): Pick<FhirClientSettings, 'onForeign' | 'onRestricted'> {
    const ctx = systemContext(organizationId, 'ehr');
    return {
      onForeign: (where) => this.foreign.tell(ctx, connectionId, where),
      onRestricted: (key) => this.kept.restrict(ctx, connectionId, key),
    };
  }
}
