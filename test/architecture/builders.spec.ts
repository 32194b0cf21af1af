import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Appointment, Communication, FhirResource, Slot, Subscription } from 'fhir/r4.js';
import {
  communicationOf,
  type CommunicationContent,
} from '../../src/care/summaries/infrastructure/summary.fhir-mapper.js';
import { provenanceOf } from '../../src/care/summaries/infrastructure/provenance.fhir-mapper.js';
import { enterInError } from '../../src/exchange/fhir/application/entered-in-error.js';
import type { Where } from '../../src/exchange/fhir/application/find-copies.js';
import {
  askAgain,
  endSubscription,
  makeSubscription,
} from '../../src/exchange/fhir/application/hints/subscription-at-ehr.js';
import { type Manner, patchFor, updateFor } from '../../src/exchange/fhir/domain/appointment-change.js';
import { bookingOf } from '../../src/exchange/fhir/domain/booking.js';
import { faultsOfPatch } from '../../src/exchange/fhir/domain/guard.js';
import { bookInput, findInput } from '../../src/exchange/fhir/domain/operation-input.js';
import { held, released } from '../../src/exchange/fhir/domain/slot-claim.js';
import type { AppointmentChange } from '../../src/exchange/fhir/domain/writes.js';
import type { FhirClient, PatchOperation } from '../../src/exchange/fhir/infrastructure/fhir-client.js';
import { applyPatch } from '../../src/sandbox/ehr/fhir/json-patch.js';
import { oracle } from '../../src/sandbox/ehr/profiles/oracle.js';
import { faultsFor, loadDefinitions } from '../support/valid-r4.js';

const ROOT = fileURLToPath(new URL('../../src', import.meta.url));
const SEND =
  /\bclient\s*\.(?:create|update|patch|operation)\(|\bfhir\s*\.write(?:Communication|Resource|OrKeep)\(/g;

/** Every place that sends a resource to an EHR, with who builds it, in the order of the sends. */
const SENDS: Record<string, string[]> = {
  'care/summaries/application/provenance.ts': ['provenanceOf'],
  'care/summaries/application/write-back.ts': ['communicationOf'],
  // What those two gave.
  'exchange/fhir/application/create-once.ts': ['resource'],
  'exchange/fhir/application/entered-in-error.ts': ['enterInError', 'enterInError'],
  'exchange/fhir/application/find-slots.ts': ['findInput'],
  'exchange/fhir/application/hints/subscription-at-ehr.ts': [
    'makeSubscription',
    'askAgain',
    'endSubscription',
  ],
  'exchange/fhir/application/send-booking.ts': ['bookInput', 'bookingOf'],
  'exchange/fhir/application/slots.ts': ['held', 'released'],
  'exchange/fhir/application/write-appointment.ts': ['updateFor', 'patchFor'],
};

type Sent = FhirResource | { patched: FhirResource; by: PatchOperation[] };

/** Round JSON as on its way: a clone of another realm has arrays that the validators do not know for such. */
const afterPatch = (resource: FhirResource | null, by: readonly object[]): FhirResource =>
  JSON.parse(JSON.stringify(applyPatch(resource, by))) as FhirResource;

/** The body of whatever is sent meanwhile to an EHR that shows this resource. */
async function sentIn(shown: FhirResource | null, send: (client: FhirClient) => Promise<unknown>) {
  const sent: Sent[] = [];
  const keep = async (resource: FhirResource) => {
    sent.push(resource);
    shown = resource;
    return { resource: null, status: 200, location: null };
  };
  const patch = async (_key: unknown, by: PatchOperation[]) => {
    const patched = afterPatch(shown, by);
    await keep(patched);
    sent.splice(-1, 1, { patched, by });
  };
  const read = async () => ({ resource: shown, status: 200 });
  const client = { read, create: keep, update: keep, patch, isElsewhere: () => false };
  await send(client as never);
  return sent;
}

const IDENTIFIER = { system: 'urn:carethread:test', value: '1' };
const TIME = '2026-11-26T10:00:00+05:30';

const visit: Appointment = {
  resourceType: 'Appointment',
  id: '7',
  meta: { versionId: '1' },
  status: 'booked',
  start: TIME,
  end: '2026-11-26T10:30:00+05:30',
  minutesDuration: 30,
  slot: [{ reference: 'Slot/1' }],
  participant: [{ actor: { reference: 'Patient/1' }, status: 'needs-action' }],
};
const slot: Slot = {
  resourceType: 'Slot',
  id: '2',
  schedule: { reference: 'Schedule/1' },
  status: 'free',
  start: '2026-11-27T10:00:00+05:30',
  end: '2026-11-27T10:30:00+05:30',
};
const schedule = {
  resourceType: 'Schedule' as const,
  actor: [{ reference: 'Practitioner/1' }, { reference: 'Location/1' }],
};
const wanted = { identifier: IDENTIFIER, slot: 'Slot/2', patient: 'Patient/1', start: slot.start };
const booking = (reschedule: Manner['reschedule']) =>
  bookingOf(wanted, { slot, schedule: reschedule === 'slot' ? null : schedule, reschedule });

const OPEN: Manner = {
  bases: 'http://127.0.0.1/fhir',
  level: 'L2',
  reschedule: 'update',
  target: { slot: 'Slot/2', start: slot.start, end: slot.end },
};
const NARROW: Manner = { ...OPEN, level: 'L1', reschedule: 'slot' };
const CHANGES: Record<string, AppointmentChange> = {
  confirmed: { participantStatus: 'accepted', patient: 'Patient/1' },
  declined: { participantStatus: 'declined', patient: 'Patient/1' },
  cancelled: { status: 'cancelled', reason: 'pat' },
  moved: { moveTo: { slot: 'Slot/2' } },
};
const patched = (change: AppointmentChange, manner: Manner): Sent => {
  const by = patchFor(visit, change, manner);
  return { patched: afterPatch(visit, by), by };
};

const WISH = { topic: null, endpoint: 'https://hook.example/ehr', token: 'a-token' };
const WISHES = [
  { kind: 'rest-hook' as const, ...WISH },
  { kind: 'backport' as const, ...WISH, topic: 'https://topics.example/appointment' },
];
const subscription: Subscription = {
  resourceType: 'Subscription',
  id: '3',
  meta: { versionId: '1' },
  status: 'error',
  reason: 'r',
  criteria: 'Appointment?',
  channel: { type: 'rest-hook', endpoint: WISH.endpoint },
};

const PLAIN = { asMessage: false, sender: null, recipients: [], label: null };
const PEOPLE = {
  asMessage: true,
  sender: 'Practitioner/501',
  recipients: ['Practitioner/502', 'Group/7'],
  label: 'R' as const,
};
const CORRECTIONS = [undefined, { communication: 'Communication/7' }, { communication: null }];
/** Carrier F writes nothing. */
const SUMMARIES: Communication[] = (['B', 'C', 'D'] as const).flatMap((carrier) =>
  [PLAIN, PEOPLE].flatMap((route) =>
    CORRECTIONS.map((corrects) => {
      const content: CommunicationContent = {
        ...{
          carrier,
          route,
          identifier: IDENTIFIER as never,
          patient: 'Patient/1',
          about: ['Appointment/7'],
        },
        ...{ lastMessageAt: new Date(TIME), messageCount: 3, timeZone: 'Asia/Kolkata' },
        jwe: JSON.stringify({ ciphertext: 'AAAA', recipients: [] }),
        ...(corrects && { corrects }),
      };
      return communicationOf(content);
    }),
  ),
);

/** Every summary taken back by every way that an EHR takes it, with its content and without. */
async function takenBack(): Promise<Sent[]> {
  const ways = (['update', 'patch'] as const).flatMap((communicationChange) =>
    [false, true].map((empty) => ({ communicationChange, empty })),
  );
  const sent: Sent[] = [];
  for (const summary of SUMMARIES) {
    const kept = { ...summary, id: '5', meta: { ...summary.meta, versionId: '1' } };
    for (const { communicationChange, empty } of ways) {
      const connection = { baseUrl: 'https://ehr.example/fhir', alternateBaseUrls: [] };
      const where = (client: FhirClient) =>
        ({ connected: { client, connection }, capabilities: { communicationChange } }) as unknown as Where;
      sent.push(...(await sentIn(kept, (client) => enterInError(where(client), '5', { empty }))));
    }
  }
  return sent;
}

const BUILT: Record<string, () => Sent[] | Promise<Sent[]>> = {
  communicationOf: () => SUMMARIES,
  enterInError: takenBack,
  provenanceOf: () =>
    ['key_desk', null].map((author) =>
      provenanceOf({ identifier: IDENTIFIER as never, target: 'Communication/7', recorded: TIME, author }),
    ),
  findInput: () => {
    const range = { from: new Date(TIME), until: new Date(slot.end), limit: 5 };
    const narrow = { service: 'urn:services|1', practitioner: 'Practitioner/1', location: 'Location/1' };
    return [findInput(range), findInput({ ...range, ...narrow })];
  },
  bookInput: () => [bookInput(booking('update')), { ...booking('update'), status: 'pending' }],
  bookingOf: () => [booking('update')],
  held: () => [held(slot, 'Appointment/7')],
  released: () => [released(slot), released(held(slot, 'Appointment/7'))],
  makeSubscription: async () =>
    (
      await Promise.all(WISHES.map((wish) => sentIn(null, (client) => makeSubscription(client, wish))))
    ).flat(),
  askAgain: async () =>
    (
      await Promise.all(WISHES.map((wish) => sentIn(null, (client) => askAgain(client, subscription, wish))))
    ).flat(),
  endSubscription: () => sentIn(null, (client) => endSubscription(client, subscription)),
  updateFor: () => Object.values(CHANGES).map((change) => updateFor(visit, change, OPEN)),
  patchFor: () => [
    ...Object.values(CHANGES).map((change) => patched(change, OPEN)),
    ...[CHANGES['cancelled']!, CHANGES['moved']!].map((change) => patched(change, NARROW)),
  ],
};

function sendsIn(path: string): number {
  return [...readFileSync(`${ROOT}/${path}`, 'utf8').matchAll(SEND)].length;
}

describe('what leaves for an EHR', () => {
  beforeAll(loadDefinitions);

  it('is sent from nowhere but the places that are listed, and each of them has its builder looked at', () => {
    const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
      (path) =>
        path.endsWith('.ts') &&
        !/\.(spec|fake)\.ts$/.test(path) &&
        !path.startsWith('sandbox/') &&
        path !== 'exchange/fhir/infrastructure/fhir-client.ts',
    );
    const found = files.map((path) => [path, sendsIn(path)] as const).filter(([, sends]) => sends > 0);
    const listed = Object.entries(SENDS).map(([path, builders]) => [path, builders.length]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(listed));
    for (const [path, builders] of Object.entries(SENDS)) {
      const text = readFileSync(`${ROOT}/${path}`, 'utf8');
      expect(builders.filter((name) => !text.includes(name))).toEqual([]);
    }
    const builders = new Set(Object.values(SENDS).flat());
    builders.delete('resource');
    expect([...builders].sort()).toEqual(Object.keys(BUILT).sort());
  });

  it.each(Object.keys(BUILT))('is valid R4 for two validators and the guard: %s', async (name) => {
    const sent = await BUILT[name]!();
    expect(sent.length).toBeGreaterThan(0);
    for (const one of sent) {
      const resource = 'patched' in one ? one.patched : one;
      expect([resource, faultsFor(resource)]).toEqual([resource, []]);
      if ('by' in one) expect(faultsOfPatch(one.by as never)).toEqual([]);
    }
  });

  it('is short of R4 in one place alone: who books at Oracle Health names a slot and no time', () => {
    const issuesOf = (resource: Appointment) => oracle.writes.issues!(resource as never);
    const booked = booking('slot');
    expect(faultsFor(booked)).toEqual([expect.stringMatching(/^medplum: .*app-3/)]);
    expect(issuesOf(booked)).toEqual([]);
    // What would make it whole is what that EHR does not take.
    const { start, end } = slot;
    expect(faultsFor({ ...booked, start, end })).toEqual([]);
    expect(issuesOf({ ...booked, start, end }).map(({ expression }) => expression)).toHaveLength(2);
  });
});
