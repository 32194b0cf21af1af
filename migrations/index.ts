import { PlatformClock1795000000100 } from './1795000000100-platform-clock.js';
import { OrganizationsDirectory1795000000400 } from './1795000000400-organizations-directory.js';
import { WorklistItems1795000000500 } from './1795000000500-worklist-items.js';
import { IdentityApiKeys1795000000600 } from './1795000000600-identity-api-keys.js';
import { FhirConnector1795000000700 } from './1795000000700-fhir-connector.js';
import { PatientsDirectory1795000000800 } from './1795000000800-patients-directory.js';
import { ConsentLedger1795000000900 } from './1795000000900-consent-ledger.js';

/** Every migration, oldest first: a list rather than a glob, so that the same code runs built and in tests. */
export const migrations = [
  PlatformClock1795000000100,
  OrganizationsDirectory1795000000400,
  WorklistItems1795000000500,
  IdentityApiKeys1795000000600,
  FhirConnector1795000000700,
  PatientsDirectory1795000000800,
  ConsentLedger1795000000900,
];
