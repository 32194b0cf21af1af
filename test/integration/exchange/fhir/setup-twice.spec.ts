import fc from 'fast-check';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { FhirModule } from '../../../../src/exchange/fhir/index.js';
import { startPlatform, type TestPlatform } from '../../../support/platform.js';
import { rowsOf } from './database.js';
import { organizationOf } from './hospital.js';

const id = fc.stringMatching(/^[A-Za-z0-9.-]{1,12}$/).filter((text) => !/^\.+$/.test(text));
const ids = (type: string) =>
  fc.array(
    id.map((one) => `${type}/${one}`),
    { maxLength: 3 },
  );
const time = fc.constantFrom('00:00', '06:30', '22:00', '23:59');
const anEhr = fc.record(
  {
    alternateBaseUrls: fc.array(fc.constantFrom('http://inner:8080/hapi', 'https://old.example/fhir/'), {
      maxLength: 2,
    }),
    profile: fc.constantFrom('auto', 'open', 'hapi', 'epic', 'oracle', 'athena', 'healthlake'),
    auth: fc.constantFrom(
      { type: 'none' },
      { type: 'basic', username: 'u', password: { value: 'p' } },
      { type: 'bearer', token: { value: 't' } },
    ),
    sync: fc.record(
      {
        strategy: fc.constantFrom('auto', 'last-updated', 'window-scan', 'notify-then-read'),
        scanBy: fc.constantFrom('auto', 'date', 'location', 'practitioner', 'patient', 'known'),
        horizonDays: fc.integer({ min: 1, max: 366 }),
        intervalSeconds: fc.integer({ min: 5, max: 86_400 }),
        locations: ids('Location'),
        practitioners: ids('Practitioner'),
      },
      { requiredKeys: [] },
    ),
    budget: fc.record(
      {
        requestsPerSecond: fc.integer({ min: 1, max: 1_000 }),
        concurrency: fc.integer({ min: 1, max: 64 }),
        quietHours: fc.option(fc.record({ from: time, to: time })),
      },
      { requiredKeys: [] },
    ),
    appointmentWrite: fc.constantFrom('auto', 'L0', 'L1', 'L2', 'L3'),
    summary: fc.record(
      {
        carrier: fc.constantFrom('auto', 'B', 'C', 'D', 'F'),
        sender: fc.option(id.map((one) => `Practitioner/${one}`)),
        recipients: ids('Group'),
        label: fc.constantFrom(null, 'N', 'R', 'V'),
      },
      { requiredKeys: [] },
    ),
    disabled: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe('the setup file', () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await startPlatform([FhirModule], 'web');
  });
  afterAll(() => platform.close());

  /** All that an application could have touched. */
  const everything = async () =>
    JSON.stringify([
      await rowsOf(platform.database, 'select * from fhir.connection'),
      await rowsOf(platform.database, 'select * from fhir.sync'),
      await rowsOf(platform.database, 'select count(*) from audit.event'),
    ]);

  it('changes nothing when it is applied another time, whatever it says of an EHR', async () => {
    const organizations = platform.app.get(OrganizationsFacade, { strict: false });
    await fc.assert(
      fc.asyncProperty(anEhr, async (ehr) => {
        const file = { organizations: [organizationOf('st-marys', 'http://127.0.0.1:9', ehr)] };
        await organizations.applySetup(file);
        const once = await everything();
        await organizations.applySetup(file);
        expect(await everything()).toBe(once);
      }),
      { numRuns: 40 },
    );
  });
});
