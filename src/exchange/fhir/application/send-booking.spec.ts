import { json as bodyOf } from 'node:stream/consumers';
import type { Appointment, Schedule, Slot } from 'fhir/r4.js';
import { newId } from '../../../platform/ids/ids.js';
import type { Capabilities } from '../domain/capabilities.js';
import { FakeServer, json } from '../infrastructure/fhir-server.fake.js';
import { sendBooking } from './send-booking.js';

const INNER = 'http://inner.example:8080/hapi';

describe('a booking', () => {
  const ehr = new FakeServer();
  let sent: Appointment | null;

  beforeAll(() => ehr.start());
  beforeEach(() => void (sent = null));
  afterAll(() => ehr.close());

  it.each(['', INNER])(
    'names whose Schedule it is of, where the EHR writes %j before references',
    async (base) => {
      const own = (reference: string): string => (base === '' ? reference : `${base}/${reference}`);
      const actor = [own('Practitioner/5'), own('Location/6'), 'https://other.example/fhir/Practitioner/7'];
      const schedule: Schedule = {
        resourceType: 'Schedule',
        id: '1',
        actor: actor.map((reference) => ({ reference })),
      };
      ehr.answer = (req, res) => {
        if (req.method === 'GET') return json(schedule)(req, res);
        void bodyOf(req).then((body) => {
          sent = body as Appointment;
          json({ ...sent, id: '9' }, 201)(req, res);
        });
      };
      const start = '2026-11-26T09:00:00Z';
      const slot: Slot = {
        resourceType: 'Slot',
        id: '2',
        status: 'free',
        schedule: { reference: own('Schedule/1') },
        start,
        end: '2026-11-26T09:15:00Z',
      };
      const capabilities = { booking: 'create', reschedule: 'update' } as unknown as Capabilities;
      const identifier = { system: 'urn:test', value: '1' };
      const wanted = { connectionId: newId(), identifier, slot: 'Slot/2', patient: 'Patient/1', start };

      const made = await sendBooking({
        client: ehr.open({ alternateBaseUrls: [INNER] }),
        bases: [`${ehr.origin}/fhir`, INNER],
        capabilities: { ...capabilities, idempotencyHeader: null },
        wanted,
        slot,
        key: newId(),
      });
      expect(made).toEqual({ id: '9', how: 'created' });
      expect(sent!.participant.map((one) => one.actor?.reference)).toEqual([
        'Patient/1',
        'Practitioner/5',
        'Location/6',
      ]);
    },
  );
});
