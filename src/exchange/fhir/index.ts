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
  Merge,
  MergeSink,
  ReadResult,
  ResourceOf,
  Sink,
} from './domain/rows.js';
export type {
  AppointmentChange,
  AppointmentWrite,
  AppointmentWriteResult,
  CommunicationWrite,
  CommunicationWritten,
} from './domain/writes.js';
export type { ConnectionState } from './application/connections.js';
export type { SyncFigures } from './domain/figures.js';
