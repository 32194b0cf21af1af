import { PlatformClock1795000000100 } from './1795000000100-platform-clock.js';
import { AuditLog1795000000200 } from './1795000000200-audit-log.js';
import { VaultKeys1795000000300 } from './1795000000300-vault-keys.js';
import { OrganizationsDirectory1795000000400 } from './1795000000400-organizations-directory.js';
import { WorklistItems1795000000500 } from './1795000000500-worklist-items.js';
import { IdentityApiKeys1795000000600 } from './1795000000600-identity-api-keys.js';
import { FhirConnector1795000000700 } from './1795000000700-fhir-connector.js';
import { PatientsDirectory1795000000800 } from './1795000000800-patients-directory.js';
import { ConsentLedger1795000000900 } from './1795000000900-consent-ledger.js';
import { MessagingLedger1795000001000 } from './1795000001000-messaging-ledger.js';
import { ConversationsThreads1795000001100 } from './1795000001100-conversations-threads.js';
import { SchedulingSteps1795000001200 } from './1795000001200-scheduling-steps.js';
import { SummariesOutbox1795000001300 } from './1795000001300-summaries-outbox.js';
import { SchedulingStepReturns1795000001400 } from './1795000001400-scheduling-step-returns.js';
import { VaultEpochs1795000001500 } from './1795000001500-vault-epochs.js';
import { SchedulingSkips1795000001600 } from './1795000001600-scheduling-skips.js';
import { WorklistDetail1795000001610 } from './1795000001610-worklist-detail.js';
import { FhirPostedAt1795000001620 } from './1795000001620-fhir-posted-at.js';
import { SummariesWaiting1795000001630 } from './1795000001630-summaries-waiting.js';
import { MessagingInbox1795000001700 } from './1795000001700-messaging-inbox.js';
import { MessagingResends1795000001800 } from './1795000001800-messaging-resends.js';
import { SchedulingPlaceNames1795000001900 } from './1795000001900-scheduling-place-names.js';
import { FhirResourceRows1795000001950 } from './1795000001950-fhir-resource-rows.js';
import { MessagingStrays1795000002000 } from './1795000002000-messaging-strays.js';
import { MessagingSetAside1795000002010 } from './1795000002010-messaging-set-aside.js';
import { MessagingRoomOnThePage1795000002020 } from './1795000002020-messaging-room-on-the-page.js';
import { FhirAnyEhr1795000003000 } from './1795000003000-fhir-any-ehr.js';
import { FhirRestricted1795000003010 } from './1795000003010-fhir-restricted.js';
import { FhirScanUnits1795000003100 } from './1795000003100-fhir-scan-units.js';
import { FhirHints1795000003200 } from './1795000003200-fhir-hints.js';
import { SchedulingWays1795000003300 } from './1795000003300-scheduling-ways.js';
import { FhirOutbox1795000003400 } from './1795000003400-fhir-outbox.js';
import { SummariesCorrections1795000003410 } from './1795000003410-summaries-corrections.js';
import { ConsentEhrDenies1795000003420 } from './1795000003420-consent-ehr-denies.js';
import { FhirContactFlags1795000003430 } from './1795000003430-fhir-contact-flags.js';
import { OrganizationsAges1795000003500 } from './1795000003500-organizations-ages.js';
import { FhirRelatedPersons1795000003510 } from './1795000003510-fhir-related-persons.js';
import { PatientsContacts1795000003520 } from './1795000003520-patients-contacts.js';
import { ConsentProxies1795000003530 } from './1795000003530-consent-proxies.js';
import { PatientsMerges1795000003600 } from './1795000003600-patients-merges.js';
import { PrivacyErasures1795000003610 } from './1795000003610-privacy-erasures.js';
import { PatientsErasure1795000003620 } from './1795000003620-patients-erasure.js';
import { ConsentErasure1795000003630 } from './1795000003630-consent-erasure.js';
import { ConversationsErasure1795000003640 } from './1795000003640-conversations-erasure.js';
import { SchedulingErasure1795000003650 } from './1795000003650-scheduling-erasure.js';
import { FhirSigningKeys1795000003700 } from './1795000003700-fhir-signing-keys.js';
import { SchedulingDrift1795000003800 } from './1795000003800-scheduling-drift.js';
import { OrganizationsNoStatistics1795000003900 } from './1795000003900-organizations-no-statistics.js';
import { FhirWrittenCopies1795000004000 } from './1795000004000-fhir-written-copies.js';
import { FhirSubscriptionsMade1795000004010 } from './1795000004010-fhir-subscriptions-made.js';
import { FhirForbidden1795000004050 } from './1795000004050-fhir-forbidden.js';
import { FhirKept1795000004150 } from './1795000004150-fhir-kept.js';
import { PatientsCareTeams1795000004160 } from './1795000004160-patients-care-teams.js';
import { FhirSpoiltCopies1795000004200 } from './1795000004200-fhir-spoilt-copies.js';
import { ConsentDenySources1795000004260 } from './1795000004260-consent-deny-sources.js';
import { FhirLostCapabilities1795000004270 } from './1795000004270-fhir-lost-capabilities.js';

/** Every migration, oldest first: a list rather than a glob, so that the same code runs built and in tests. */
export const migrations = [
  PlatformClock1795000000100,
  AuditLog1795000000200,
  VaultKeys1795000000300,
  OrganizationsDirectory1795000000400,
  WorklistItems1795000000500,
  IdentityApiKeys1795000000600,
  FhirConnector1795000000700,
  PatientsDirectory1795000000800,
  ConsentLedger1795000000900,
  MessagingLedger1795000001000,
  ConversationsThreads1795000001100,
  SchedulingSteps1795000001200,
  SummariesOutbox1795000001300,
  SchedulingStepReturns1795000001400,
  VaultEpochs1795000001500,
  SchedulingSkips1795000001600,
  WorklistDetail1795000001610,
  FhirPostedAt1795000001620,
  SummariesWaiting1795000001630,
  MessagingInbox1795000001700,
  MessagingResends1795000001800,
  SchedulingPlaceNames1795000001900,
  FhirResourceRows1795000001950,
  MessagingStrays1795000002000,
  MessagingSetAside1795000002010,
  MessagingRoomOnThePage1795000002020,
  FhirAnyEhr1795000003000,
  FhirRestricted1795000003010,
  FhirScanUnits1795000003100,
  FhirHints1795000003200,
  SchedulingWays1795000003300,
  FhirOutbox1795000003400,
  SummariesCorrections1795000003410,
  ConsentEhrDenies1795000003420,
  FhirContactFlags1795000003430,
  OrganizationsAges1795000003500,
  FhirRelatedPersons1795000003510,
  PatientsContacts1795000003520,
  ConsentProxies1795000003530,
  PatientsMerges1795000003600,
  PrivacyErasures1795000003610,
  PatientsErasure1795000003620,
  ConsentErasure1795000003630,
  ConversationsErasure1795000003640,
  SchedulingErasure1795000003650,
  FhirSigningKeys1795000003700,
  SchedulingDrift1795000003800,
  OrganizationsNoStatistics1795000003900,
  FhirWrittenCopies1795000004000,
  FhirSubscriptionsMade1795000004010,
  FhirForbidden1795000004050,
  FhirKept1795000004150,
  PatientsCareTeams1795000004160,
  FhirSpoiltCopies1795000004200,
  ConsentDenySources1795000004260,
  FhirLostCapabilities1795000004270,
];
