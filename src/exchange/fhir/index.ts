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
  ResourceOf,
  Sink,
} from './domain/rows.js';
export type {
  AppointmentChange,
  AppointmentWrite,
  AppointmentWriteResult,
  CommunicationWrite,
  ResourceWrite,
  ResourceWritten,
  Retraction,
  RetractionResult,
  WrittenResource,
} from './domain/writes.js';
export type { ContactFlag, EscrowKey } from './domain/connection.js';
export { carrierAfter, type SummaryRoute } from './domain/summary-route.js';
export type { ConnectionState } from './application/connections.js';
export type { SyncFigures } from './domain/figures.js';
