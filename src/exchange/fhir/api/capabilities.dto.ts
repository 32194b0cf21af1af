import type {
  AppointmentWriteLevel,
  Because,
  ScanBy,
  SummaryCarrier,
  SyncStrategy,
} from '../domain/capabilities.js';

export class ScopesDto {
  asked: string[];
  granted: string[];
}

export class CapabilityRowDto {
  question: string;
  answer: string;
  /** Of `action-level` only. */
  level?: AppointmentWriteLevel;
  /** Who said so. */
  because: Because;
  /** The same for a person. */
  words: string;
}

export class CapabilitiesDto {
  fhir_version: string;
  sync_strategy: SyncStrategy;
  scan_by: ScanBy;
  includes: string[];
  appointment_write: AppointmentWriteLevel;
  reschedule: 'slot' | 'update' | 'none';
  booking: 'operation' | 'slot' | 'none';
  conditional_create: boolean;
  idempotency_header: string | null;
  communication_create: boolean;
  communication_search: 'identifier' | 'patient' | 'recipient' | 'none';
  communication_change: 'update' | 'patch' | 'none';
  summary_carrier: SummaryCarrier;
  creates: string[];
  reads: string[];
  /** smart-backend: what was asked for and what was granted; null where the EHR grants nothing by scopes. */
  scopes: ScopesDto | null;
  /** Searches that name a patient go by POST. */
  post_search: boolean;
  /** All of it in words. */
  table: CapabilityRowDto[];
}

export class TestLineDto {
  question: string;
  ok: boolean;
  /** Code of what went wrong or is not offered; null when nothing is. */
  fault: string | null;
  words: string;
}

export class CheckDto {
  ok: boolean;
  /** Code of what is wrong; null when nothing is. */
  fault: string | null;
  /** The same in words. */
  words: string | null;
  /** What was asked of the EHR, and what came of it. A line that is not ok limits what the connection can do. */
  tests: TestLineDto[];
  capabilities: CapabilitiesDto | null;
}
