import { setTimeout as sleep } from 'node:timers/promises';
import type { Appointment, FhirResource, Patient, Slot } from 'fhir/r4.js';
import { checkRow } from '../../../src/exchange/fhir/domain/row-checks.js';
import type { Capabilities } from '../../../src/exchange/fhir/domain/capabilities.js';
import { publicId } from '../../../src/platform/ids/ids.js';
import { connectionOf, engineSecretOf, type VendorName } from '../../../src/sandbox/run/vendors.js';
import { BEGIN } from '../../integration/exchange/fhir/hospital.js';
import { type StandIn, startStandIn } from '../../integration/exchange/fhir/stand-in.js';
import {
  type BesideType,
  type Connector,
  openConnector,
  type Opened,
  type Target,
  type Witness,
} from './target.js';

const SLUG = 'st-marys';
const DAY_MS = 86_400_000;
/** Well inside of the horizon. */
const HORIZON_MS = 44 * DAY_MS;
/** HealthLake's stand-in shows a change after 20 s. */
const LAG_MS = 30_000;
const POLL_MS = 50;

/** fhir-connector.md section 2, as far as an EHR like that vendor's must be told apart from any other. */
const PROMISES: Record<VendorName, Partial<Capabilities>> = {
  open: { syncStrategy: 'last-updated', appointmentWrite: 'L3', booking: 'operation', summaryCarrier: 'B' },
  hapi: { syncStrategy: 'last-updated', appointmentWrite: 'L2', booking: 'slot', summaryCarrier: 'B' },
  epic: { syncStrategy: 'window-scan', appointmentWrite: 'L0', booking: 'none', conditionalCreate: false },
  oracle: {
    syncStrategy: 'window-scan',
    appointmentWrite: 'L1',
    reschedule: 'slot',
    summaryCarrier: 'C',
    conditionalCreate: false,
  },
  athena: { syncStrategy: 'notify-then-read', appointmentWrite: 'L0', booking: 'none', summaryCarrier: 'F' },
  healthlake: {
    syncStrategy: 'last-updated',
    appointmentWrite: 'L2',
    conditionalCreate: false,
    idempotencyHeader: 'x-amz-fhir-idempotency-key',
  },
};

/** The same: Slot / Schedule and Consent; the others have no row, and every vendor reads them. */
const LACKS: Record<VendorName, BesideType[]> = {
  open: [],
  hapi: [],
  epic: ['Schedule', 'Slot'],
  oracle: [],
  athena: ['Consent', 'Schedule', 'Slot'],
  healthlake: [],
};

/** The sandbox EHR, narrow as this vendor's, with its side door for a witness. */
export function standInTarget(vendor: VendorName): Target {
  return {
    name: `the stand-in for ${vendor}`,
    mayWrite: true,
    promises: PROMISES[vendor],
    lacks: LACKS[vendor],
    open: () => openStandIn(vendor),
  };
}

async function openStandIn(vendor: VendorName): Promise<Opened> {
  const ehr = await startStandIn(BEGIN);
  await ehr.become(SLUG, vendor === 'open' ? 'open' : `${vendor}-like`);
  const connector = await openConnector({
    baseUrl: `${ehr.url}/${SLUG}/fhir`,
    budget: { requestsPerSecond: 1_000, concurrency: 8 },
    allowPrivateNetwork: true,
    ...connectionOf(vendor),
  });
  await connector.setClock(BEGIN);
  const witness = witnessOf(ehr, connector);
  const engine = await engineOf(ehr, connector, vendor);
  return {
    ...connector,
    witness,
    now: BEGIN,
    sync: async () => {
      const figures = await connector.fhir.sync(connector.ctx, connector.connectionId);
      await engine();
      return figures;
    },
    close: async () => {
      await connector.close();
      await ehr.close();
    },
  };
}

function witnessOf(ehr: StandIn, { setClock }: Connector): Witness {
  let passedMs = 0;
  const visits = () => ehr.all<Appointment>(SLUG, 'Appointment');
  const isToCome = ({ start }: Appointment): boolean => {
    const ahead = Date.parse(start ?? '') - BEGIN.getTime();
    return ahead > DAY_MS && ahead < HORIZON_MS;
  };
  const isSound = (visit: Appointment): boolean =>
    checkRow('Appointment', visit, `${ehr.url}/${SLUG}/fhir`).state === 'valid';
  return {
    visits: async () =>
      (await visits())
        .filter((visit) => isToCome(visit) && isSound(visit))
        .map(({ id, meta }) => ({ id: id!, versionId: meta!.versionId })),
    visitToChange: async () => {
      const booked = (await visits()).find(
        (visit) =>
          visit.status === 'booked' &&
          isToCome(visit) &&
          isSound(visit) &&
          visit.participant.some(
            ({ actor, status }) => actor?.reference?.startsWith('Patient/') && status !== 'accepted',
          ),
      );
      return booked?.id ?? null;
    },
    patient: async () => `Patient/${(await ehr.all<Patient>(SLUG, 'Patient'))[0]!.id}`,
    example: async (type) => {
      const [known] = await ehr.all(SLUG, type);
      const patient = { reference: `Patient/${(await ehr.all(SLUG, 'Patient'))[0]!.id}` };
      const made = { resourceType: type, id: 'contract', ...(type === 'RelatedPerson' && { patient }) };
      return (known ?? (await ehr.put(SLUG, made as FhirResource))).id!;
    },
    service: async () => {
      const free = (await ehr.all<Slot>(SLUG, 'Slot')).find(({ status }) => status === 'free');
      const { system, code } = free!.serviceType![0]!.coding![0]!;
      return `${system}|${code}`;
    },
    copies: async ({ identifier }) =>
      (await ehr.communications(SLUG)).filter((one) => one.identifier?.[0]?.value === identifier![0]!.value),
    catchUp: async () => {
      passedMs += LAG_MS;
      await ehr.advance('PT30S');
      await setClock(new Date(BEGIN.getTime() + passedMs));
    },
  };
}

/** Where visits cannot be searched the hospital's interface engine tells of them: the visits to come first. */
async function engineOf(
  ehr: StandIn,
  connector: Connector,
  vendor: VendorName,
): Promise<() => Promise<void>> {
  const secret = engineSecretOf(vendor);
  if (secret === null) return async () => undefined;
  const path = `hospitals/${SLUG}/engine`;
  let isStarted = false;
  return async () => {
    const url = `${connector.url}/webhooks/ehr/${publicId('ehr', connector.connectionId)}`;
    if (!isStarted) await ehr.control('PUT', path, { url, secret, replay: true });
    isStarted = true;
    while ((await ehr.control<{ waiting: number }>('GET', path)).waiting > 0) await sleep(POLL_MS);
    while ((await connector.hints.claim(connector.ctx)) > 0);
  };
}
