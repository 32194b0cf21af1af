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
  FoundBy,
  FhirRow,
  FollowedType,
  GoneRow,
  Merge,
  MergeSink,
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
  Difference,
  FreeSlot,
  ResourceWrite,
  ResourceWritten,
  Retraction,
  RetractionResult,
  SlotQuery,
  WrittenResource,
} from './domain/writes.js';
export type { KeepableResource, Kept, KeptWhole, WrittenOrKept } from './domain/kept.js';
export type { CapabilityRow } from './domain/capability-table.js';
export type { ContactFlag, EscrowKey } from './domain/connection.js';
export { carrierAfter, type SummaryRoute } from './domain/summary-route.js';
export type { LiveVisit, LiveWindowRows } from './application/live-window.js';
export type { ConnectionState } from './application/connections.js';
export type { SyncFigures } from './domain/figures.js';
