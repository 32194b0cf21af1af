import { publicId } from '../../../platform/ids/ids.js';
import type { ConnectionView } from '../application/connections.js';
import type { Checked, Described } from '../application/probe.js';
import { summaryRouteOf } from '../domain/summary-route.js';
import type { CapabilitiesDto, CheckDto } from './capabilities.dto.js';
import type { AuthTypeDto, ConnectionDto, SyncStateDto } from './connections.dto.js';

export function showConnection(view: ConnectionView): ConnectionDto {
  const { connection } = view;
  return {
    id: publicId('ehr', connection.id),
    name: connection.name,
    base_url: connection.baseUrl,
    alternate_base_urls: connection.alternateBaseUrls,
    profile: connection.profile,
    auth: showAuth(connection),
    sync: {
      strategy: connection.syncStrategy,
      scan_by: connection.scanBy,
      horizon_days: connection.horizonDays,
      interval_seconds: connection.intervalSeconds,
      overlap_seconds: connection.overlapSeconds,
      locations: connection.locations,
      practitioners: connection.practitioners,
    },
    budget: {
      requests_per_second: connection.requestsPerSecond,
      concurrency: connection.concurrency,
      quiet_hours: connection.quietHours,
    },
    appointment_write: connection.appointmentWrite,
    summary: {
      carrier: connection.summaryCarrier,
      escrow_key: connection.escrowKey,
      sender: connection.summarySender,
      recipients: connection.summaryRecipients,
      label: connection.summaryLabel,
      learnt_carrier: connection.learntCarrier,
      missing: missingOf(connection),
    },
    contact_flags: connection.contactFlags,
    hints: {
      signed: connection.hintSecretsSealed !== null,
      subscription: connection.subscription,
      topic: connection.subscriptionTopic,
    },
    allow_private_network: connection.allowPrivateNetwork,
    state: connection.state,
    status: showStatus(view),
  };
}

/** What is not known before the EHR was asked is not missing yet. */
function missingOf(connection: ConnectionView['connection']): string[] {
  return connection.capabilities ? summaryRouteOf(connection, connection.capabilities).missing : [];
}

function showAuth({ id, authType: type }: ConnectionView['connection']): AuthTypeDto {
  return type === 'smart-backend'
    ? { type, jwks_path: `/.well-known/jwks/${publicId('ehr', id)}.json` }
    : { type };
}

function showStatus({ sync, quarantined }: ConnectionView): SyncStateDto | null {
  if (!sync) return null;
  return {
    due_at: sync.dueAt.toISOString(),
    started_at: sync.startedAt?.toISOString() ?? null,
    finished_at: sync.finishedAt?.toISOString() ?? null,
    complete_at: sync.completeAt?.toISOString() ?? null,
    failures: sync.failures,
    fault: sync.faultCode,
    misconfigured: sync.faultCode === 'fhir.parameter-ignored',
    figures: sync.figures,
    quarantined,
  };
}

export function showCapabilities({ capabilities, table }: Described): CapabilitiesDto {
  return {
    fhir_version: capabilities.fhirVersion,
    sync_strategy: capabilities.syncStrategy,
    scan_by: capabilities.scanBy,
    includes: capabilities.includes,
    appointment_write: capabilities.appointmentWrite,
    reschedule: capabilities.reschedule,
    booking: capabilities.booking,
    conditional_create: capabilities.conditionalCreate,
    idempotency_header: capabilities.idempotencyHeader,
    communication_create: capabilities.communicationCreate,
    communication_search: capabilities.communicationSearch,
    communication_change: capabilities.communicationChange,
    summary_carrier: capabilities.summaryCarrier,
    creates: capabilities.creates,
    reads: capabilities.reads,
    scopes: capabilities.scopes ?? null,
    post_search: capabilities.postSearch,
    table,
  };
}

export function showCheck({ fault, lines, described }: Checked): CheckDto {
  return {
    ok: fault === null,
    fault: fault?.code ?? null,
    words: fault?.words ?? null,
    tests: lines,
    capabilities: described && showCapabilities(described),
  };
}
