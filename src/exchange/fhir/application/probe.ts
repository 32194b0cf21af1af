import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import type { Capabilities, Facts } from '../domain/capabilities.js';
import { type CapabilityRow, tableOf } from '../domain/capability-table.js';
import { capabilitiesOf, type Overrides } from '../domain/capability.policy.js';
import { withinGrant } from '../domain/granted.policy.js';
import { type Connected, Clients } from '../infrastructure/clients.js';
import { FhirFault, paused } from '../infrastructure/fhir-fault.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { SyncRepository } from '../infrastructure/sync.repository.js';
import { KeepCapabilities } from './keep-capabilities.js';
import { liveTest, type TestLine } from './live-test.js';

/** A probe that failed. */
const FAILED_AGAIN = '1 minute';

/** As if the hospital had said nothing: what its wishes are held against. */
const UNSET = {
  syncStrategy: 'auto',
  scanBy: 'auto',
  appointmentWrite: 'auto',
  summaryCarrier: 'auto',
} as const;

export interface Described {
  capabilities: Capabilities;
  table: CapabilityRow[];
}

interface Asked {
  capabilities: Capabilities;
  lines: TestLine[];
}

/** What a check found: each question with its answer, and what keeps us from asking at all. */
export interface Checked {
  fault: FhirFault | null;
  lines: TestLine[];
  described: Described | null;
}

/** Asks an EHR what it can do. */
@Injectable()
export class Probe {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly syncs: SyncRepository,
    private readonly resources: ResourcesRepository,
    private readonly keeping: KeepCapabilities,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** As last asked, or asked now. Of a connection that is switched off: that nothing in it can be changed. */
  async capabilities(ctx: Context, connectionId: Uuid): Promise<Capabilities> {
    const connected = await this.clients.evenPaused(ctx, connectionId);
    const found = await this.found(ctx, connected);
    return connected.connection.state === 'paused' ? withoutChanges(found) : found;
  }

  /** As it would be if the connection were switched on, as a table too. Throws `fhir.paused` when nobody has asked yet. */
  async described(ctx: Context, connectionId: Uuid): Promise<Described> {
    const connected = await this.clients.evenPaused(ctx, connectionId);
    const capabilities = await this.found(ctx, connected);
    return { capabilities, table: tableOf(capabilities, connected.connection as Overrides) };
  }

  /** What was found when the EHR was last asked; null when nobody has asked it yet. No network. Throws not-found. */
  async known(ctx: Context, connectionId: Uuid): Promise<Capabilities | null> {
    const { connection } = await this.clients.evenPaused(ctx, connectionId);
    const { capabilities: found, state } = connection;
    return found && state === 'paused' ? withoutChanges(found) : found;
  }

  private async found(ctx: Context, connected: Connected): Promise<Capabilities> {
    const { capabilities, probedAt, state } = connected.connection;
    if (capabilities && (probedAt !== null || state === 'paused')) return capabilities;
    if (state === 'paused') throw paused();
    return (await this.ask(ctx, connected)).capabilities;
  }

  /** Asks anew. Publishes CapabilityChanged when the answer means another. Throws `fhir.unavailable` and the like. */
  async run(ctx: Context, connectionId: Uuid): Promise<Capabilities> {
    const { capabilities } = await this.ask(ctx, await this.clients.of(ctx, connectionId));
    return capabilities;
  }

  /** The same with each question and its answer, also for a connection that is switched off. Never throws what the EHR does. */
  async check(ctx: Context, connectionId: Uuid): Promise<Checked> {
    const connected = await this.clients.evenPaused(ctx, connectionId);
    try {
      const { capabilities, lines } = await this.ask(ctx, connected);
      const table = tableOf(capabilities, connected.connection as Overrides);
      return { fault: null, lines, described: { capabilities, table } };
    } catch (error) {
      if (!(error instanceof FhirFault)) throw error;
      const question = error.status === 401 ? 'sign-in' : 'metadata';
      const line = { question, ok: false, fault: error.code, words: error.words };
      return { fault: error, lines: [line], described: null };
    }
  }

  /** The loop's work: connections never asked, or not for a day. */
  async claim(ctx: Context): Promise<number> {
    const connectionId = await this.transactions.run(ctx, (tx) => this.syncs.takeProbe(tx));
    if (!connectionId) return 0;
    try {
      await this.run(ctx, connectionId);
    } catch (error) {
      if (!(error instanceof FhirFault)) throw error;
      this.log.warn('fhir.probe-failed', {
        organization_id: ctx.organizationId,
        id: connectionId,
        code: error.code,
      });
      await this.transactions.run(ctx, (tx) => this.syncs.probeAgain(tx, connectionId, FAILED_AGAIN));
    }
    return 1;
  }

  private async ask(ctx: Context, connected: Connected): Promise<Asked> {
    const { connection, client } = connected;
    const { resource: statement } = await client.metadata();
    const settings = connection as Overrides;
    const scopes = await client.scopes();
    const [smart, samples, now] = await Promise.all([
      client.smartConfiguration(),
      this.transactions.run(ctx, (tx) => this.resources.samples(tx, connection.id)),
      this.clock.now(),
    ]);
    const narrow = (found: Facts): Facts => withinGrant(found, scopes);
    const facts = capabilitiesOf(statement, { ...UNSET, profile: settings.profile }, { narrow });
    const { lines, proven, unsure } = await liveTest(connected, { statement, facts, settings, samples, now });
    const capabilities = capabilitiesOf(statement, settings, { narrow, proven });
    await this.keeping.keep(ctx, connection, capabilities, { unsure });
    return { capabilities, lines: [metadataLine(capabilities), smartLine(smart), ...lines] };
  }
}

/** What a patient wishes goes to the desk, as where the EHR takes no change. Summaries wait. */
function withoutChanges(found: Capabilities): Capabilities {
  return {
    ...found,
    appointmentWrite: 'L0',
    appointmentWriteBy: 'none',
    reschedule: 'none',
    booking: 'none',
  };
}

function metadataLine({ fhirVersion }: Capabilities): TestLine {
  const ok = fhirVersion.startsWith('4.0');
  const words = ok
    ? `The EHR speaks FHIR ${fhirVersion}.`
    : `The EHR says FHIR ${fhirVersion}; FHIR 4.0 is spoken here.`;
  return { question: 'metadata', ok, fault: ok ? null : 'fhir.version', words };
}

function smartLine(smart: object | null): TestLine {
  const words = smart
    ? 'The EHR tells how to sign in with SMART.'
    : 'The EHR has no SMART configuration: the sign-in is as this connection says.';
  return { question: 'smart-configuration', ok: true, fault: null, words };
}
