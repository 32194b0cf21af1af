export { FhirModule } from './fhir.module.js';
export { FhirFacade } from './fhir.facade.js';
export type {
  AppointmentWriteLevel,
  Capabilities,
  SummaryCarrier,
  SyncStrategy,
} from './domain/capabilities.js';
export type {
  FhirPage,
  FhirRow,
  FollowedType,
  GoneRow,
  ReadResult,
  ReferencedBy,
  ResourceOf,
  Sink,
} from './domain/rows.js';
export type {
  AppointmentBooking,
  AppointmentBookingResult,
  AppointmentChange,
  AppointmentWrite,
  AppointmentWriteResult,
  CommunicationWrite,
  CommunicationWritten,
  Difference,
  FreeSlot,
  SlotQuery,
} from './domain/writes.js';
export type { CapabilityRow } from './domain/capability-table.js';
export type { ConnectionState } from './application/connections.js';
export type { SyncFigures } from './domain/figures.js';
