import { fixedCredentials } from '../../../../src/exchange/fhir/infrastructure/auth/credentials.js';
import { FhirClient } from '../../../../src/exchange/fhir/infrastructure/fhir-client.js';
import { FhirFault } from '../../../../src/exchange/fhir/infrastructure/fhir-fault.js';

/** A process of its own that searches once: what it says of memory is the reader's alone. */
const client = new FhirClient({
  baseUrl: process.argv[2]!,
  alternateBaseUrls: [],
  credentials: fixedCredentials({ type: 'none' }),
  allowPrivateNetwork: true,
  requestsPerSecond: 100,
  concurrency: 2,
  onForeign: () => Promise.resolve(),
  onRestricted: () => Promise.resolve(),
});

const before = process.memoryUsage.rss();
let most = before;
setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5).unref();

const code = await client.search('Appointment', {}).then(
  () => 'answered',
  (error: unknown) => (error instanceof FhirFault ? error.code : String(error)),
);
most = Math.max(most, process.memoryUsage.rss());
process.stdout.write(JSON.stringify({ code, grownBytes: most - before }));
await client.close();
