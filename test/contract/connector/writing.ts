import type { Appointment, Communication } from 'fhir/r4.js';
import { communicationOf, jweOf } from '../../../src/care/summaries/infrastructure/summary.fhir-mapper.js';
import { identifierOf } from '../../../src/care/summaries/domain/identifier.js';
import { takes as takesChange, takesBooking } from '../../../src/exchange/fhir/domain/appointment-level.js';
import type {
  AppointmentBooking,
  AppointmentChange,
  CommunicationWrite,
  FreeSlot,
} from '../../../src/exchange/fhir/index.js';
import { FhirFault } from '../../../src/exchange/fhir/infrastructure/fhir-fault.js';
import { newId } from '../../../src/platform/ids/ids.js';
import { visitsHere } from './reading.js';
import type { Opened } from './target.js';

const DAY_MS = 86_400_000;
const LONG_MS = 300_000;
const CANCEL: AppointmentChange = { status: 'cancelled', reason: 'pat' };
/** Bytes of a seal: what comes back must be these. */
const SEAL = JSON.stringify({ protected: 'eyJ0cnkiOiJvbmx5In0', ciphertext: 'q6b_Zw', recipients: [] });

const patientIn = ({ participant }: Appointment): string | undefined =>
  participant.flatMap(({ actor }) => (actor?.reference?.startsWith('Patient/') ? [actor.reference] : []))[0];

export function writingContract(opened: () => Opened): void {
  const here = () => ({ ctx: opened().ctx, connectionId: opened().connectionId, fhir: opened().fhir });
  const capabilities = () => here().fhir.capabilities(here().ctx, here().connectionId);

  async function visit(fhirId: string): Promise<Appointment> {
    const { fhir, ctx, connectionId } = here();
    const found = await fhir.read(ctx, connectionId, `Appointment/${fhirId}` as const);
    if (found.state !== 'current') throw new Error(`the visit is ${found.state}`);
    return found.row.resource as Appointment;
  }

  const change = (fhirId: string, wanted: AppointmentChange) => {
    const { fhir, ctx, connectionId } = here();
    return fhir.writeAppointment(ctx, { connectionId, fhirId, change: wanted });
  };

  /** What was asked for is there when read back; what is not offered was not even tried. */
  async function expectAsPromised(
    fhirId: string,
    wanted: AppointmentChange,
    shows: (visit: Appointment) => unknown,
  ): Promise<boolean> {
    const isTaken = takesChange(await capabilities(), wanted);
    const before = await visit(fhirId);
    const { outcome } = await change(fhirId, wanted);
    const after = await visit(fhirId);
    expect([wanted, outcome]).toEqual([wanted, isTaken ? 'written' : 'unsupported']);
    if (isTaken) expect(shows(after)).toBe(true);
    else expect(after).toEqual(before);
    return isTaken;
  }

  describe('a visit', () => {
    let offers: FreeSlot[];
    let fhirId: string | null;
    const made: string[] = [];

    beforeAll(async () => {
      const { witness } = opened();
      offers = await freeSlots();
      fhirId = await witness.visitToChange();
    });
    // Cancelled by the test; where the EHR takes it, nobody shall count them as visits that were.
    afterAll(async () => {
      for (const id of made) await sweep(id);
    });

    async function sweep(id: string): Promise<void> {
      if ((await capabilities()).appointmentWrite < 'L2') return;
      const { client } = await opened().clients.of(here().ctx, here().connectionId);
      const before = await visit(id);
      // R4 app-4: only what was cancelled or missed has a reason for it.
      const { cancelationReason: _, ...rest } = before;
      const wrong = { ...rest, status: 'entered-in-error' as const };
      await client.update(wrong, `W/"${before.meta!.versionId}"`, before).catch((error: unknown) => {
        if (!(error instanceof FhirFault) || error.retryable) throw error;
      });
    }

    async function freeSlots(): Promise<FreeSlot[]> {
      const { fhir, ctx, connectionId } = here();
      if ((await capabilities()).booking === 'none') return [];
      const { now, witness } = opened();
      const service = await witness.service();
      return fhir.findSlots(ctx, connectionId, {
        from: new Date(now.getTime() + DAY_MS),
        until: new Date(now.getTime() + 20 * DAY_MS),
        limit: 20,
        ...(service !== null && { service }),
      });
    }

    /** One to change: where nothing is changed any visit will do. */
    async function ownVisit(): Promise<string> {
      if (fhirId !== null) return fhirId;
      const { appointmentWrite } = await capabilities();
      const [known] = (await visitsHere(opened())).keys();
      if (appointmentWrite === 'L0' && known !== undefined) return known;
      throw new Error('EHR_APPOINTMENT is missing: a visit for trials that may be confirmed and cancelled.');
    }

    const wish = async (slot: FreeSlot): Promise<AppointmentBooking> => ({
      connectionId: here().connectionId,
      identifier: { system: 'urn:carethread:contract', value: newId() },
      slot: slot.reference,
      patient: await opened().witness.patient(),
      start: slot.start.toISOString(),
    });

    it(
      'is confirmed where the level says so, else untouched',
      async () => {
        const id = await ownVisit();
        const patient = patientIn(await visit(id))!;
        await expectAsPromised(id, { participantStatus: 'accepted', patient }, (after) =>
          after.participant.some(
            ({ actor, status }) => actor?.reference === patient && status === 'accepted',
          ),
        );
        const { appointmentWrite } = await capabilities();
        const { fhir, ctx, connectionId } = here();
        const takes = await fhir.takes(ctx, connectionId, { participantStatus: 'accepted', patient });
        expect(takes).toBe(appointmentWrite > 'L1');
      },
      LONG_MS,
    );

    it(
      'is cancelled where the level says so, else untouched',
      async () => {
        await expectAsPromised(await ownVisit(), CANCEL, ({ status }) => status === 'cancelled');
        const { appointmentWrite } = await capabilities();
        expect(takesChange(await capabilities(), CANCEL)).toBe(appointmentWrite > 'L0');
      },
      LONG_MS,
    );

    it(
      'is booked once in a free time, moves to another and is given back, where that is offered',
      async () => {
        const { fhir, ctx } = here();
        const found = await capabilities();
        if (!takesBooking(found)) {
          const nobodys = { reference: 'Slot/1', start: opened().now } as FreeSlot;
          const booking = { ...(await wish(nobodys)), patient: 'Patient/1' };
          expect(await fhir.bookAppointment(ctx, booking)).toEqual({ outcome: 'unsupported' });
          return;
        }
        const [slot, other] = offers;
        if (!slot || !other)
          throw new Error('The EHR shows no two free Slots in the next 20 days: make some.');
        const booking = await wish(slot);
        const booked = await fhir.bookAppointment(ctx, booking);
        expect(booked).toEqual(expect.objectContaining({ outcome: 'booked', how: 'created' }));
        const { fhirId: id } = booked as { fhirId: string };
        made.push(id);
        expect(patientIn(await visit(id))).toBe(booking.patient);
        await opened().witness.catchUp();
        expect(await fhir.bookAppointment(ctx, booking)).toMatchObject({ how: 'existing', fhirId: id });

        const startsAt = ({ start }: Appointment): number => Date.parse(start ?? '');
        expect(startsAt(await visit(id))).toBe(slot.start.getTime());
        await expectAsPromised(
          id,
          { moveTo: { slot: other.reference } },
          (after) => startsAt(after) === other.start.getTime(),
        );
        await expectAsPromised(id, CANCEL, ({ status }) => status === 'cancelled');
      },
      LONG_MS,
    );
  });

  describe('a Communication', () => {
    const written: CommunicationWrite[] = [];

    // What a failed test left behind as well.
    afterAll(async () => {
      const { fhir, ctx, connectionId } = here();
      for (const { identifier } of written)
        await fhir.retractCommunication(ctx, { connectionId, identifier });
    }, LONG_MS);

    /** A summary as it travels into this EHR; null where none does. */
    async function aSummary(): Promise<CommunicationWrite> {
      const { fhir, ctx, connectionId } = here();
      const route = await fhir.summaryRoute(ctx, connectionId);
      const identifier = identifierOf(newId());
      const resource = communicationOf({
        carrier: route.carrier === 'F' ? 'B' : route.carrier,
        identifier,
        patient: await opened().witness.patient(),
        about: [],
        lastMessageAt: opened().now,
        messageCount: 2,
        timeZone: 'America/New_York',
        jwe: SEAL,
        route,
      });
      return { connectionId, identifier, resource };
    }

    const write = (one: CommunicationWrite) => here().fhir.writeCommunication(here().ctx, one);
    const copies = (one: CommunicationWrite) => opened().witness.copies(one.resource);
    const stored = async (fhirId: string): Promise<Communication> => {
      const { fhir, ctx, connectionId } = here();
      const found = await fhir.read(ctx, connectionId, `Communication/${fhirId}` as const);
      if (found.state !== 'current') throw new Error(`the Communication is ${found.state}`);
      return found.row.resource as Communication;
    };

    it(
      'by the carrier that was found arrives once, written twice, reads back whole and is withdrawn',
      async () => {
        const { fhir, ctx, connectionId, rows, witness } = opened();
        const one = await aSummary();
        const { carrier } = await fhir.summaryRoute(ctx, connectionId);
        const retract = () => fhir.retractCommunication(ctx, { connectionId, identifier: one.identifier });
        if (carrier === 'F') {
          await expect(write(one)).rejects.toMatchObject({ code: 'fhir.unsupported' });
          expect(await retract()).toBe('absent');
          return;
        }
        written.push(one);
        const { fhirId } = await write(one);
        expect(await write(one)).toMatchObject({ fhirId, how: 'existing' });
        await witness.catchUp();
        // As if whoever wrote it had died before the answer came: it has to be found there.
        await rows(`update fhir.write set state = 'unknown', fhir_id = null where identifier_value = $1`, [
          one.identifier.value,
        ]);
        expect(await write(one)).toMatchObject({ fhirId, how: 'existing' });
        expect((await copies(one)).map(({ id }) => id)).toEqual([fhirId]);
        expect(jweOf(await stored(fhirId))).toBe(carrier === 'D' ? null : SEAL);

        const { communicationChange } = await capabilities();
        const isTaken = communicationChange !== 'none';
        expect([await retract(), await retract()]).toEqual(
          isTaken ? ['retracted', 'retracted'] : ['unsupported', 'unsupported'],
        );
        expect((await stored(fhirId)).status).toBe(isTaken ? 'entered-in-error' : 'completed');
        expect(await copies(one)).toHaveLength(1);
      },
      LONG_MS,
    );
  });
}
