import fc from 'fast-check';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Transcript, TranscriptEntry } from '../../conversations/index.js';
import { compose, localTime } from './document.js';
import { identifierOf } from './identifier.js';

const SUMMARY: Uuid = '01920000-0000-7000-8000-000000000001';
const APPOINTMENT: Uuid = '01920000-0000-7000-8000-0000000000a1';
const CONVERSATION: Uuid = '01920000-0000-7000-8000-0000000000c1';

const entry = (by: TranscriptEntry['by'], minute: number, text: string): TranscriptEntry => ({
  direction: by === 'patient' ? 'inbound' : 'outbound',
  at: new Date(Date.UTC(2026, 2, 10, 4, minute)),
  messageId: `01920000-0000-7000-8000-${String(minute).padStart(12, '0')}`,
  text,
  kind: 'text',
  by,
});

const confirmed: Transcript = {
  id: CONVERSATION,
  addressId: newId(),
  patientId: newId(),
  state: 'closed',
  openedAt: new Date('2026-03-10T04:01:00Z'),
  closedAt: new Date('2026-03-11T04:02:00Z'),
  entries: [
    entry('automation', 0, 'You have an appointment.'),
    entry('patient', 1, 'Confirm'),
    entry('staff', 2, 'See you then.\nBring your papers.'),
  ],
  outcomes: [
    { code: 'appointment-confirmed', at: new Date('2026-03-10T04:01:30Z'), appointmentId: APPOINTMENT },
  ],
};

const composed = (transcript: Transcript) =>
  compose({
    identifier: identifierOf(SUMMARY),
    transcript,
    patient: 'Patient/123',
    timeZone: 'Asia/Kolkata',
    appointments: new Map([[APPOINTMENT, 'Appointment/77']]),
  });

describe('a summary', () => {
  it('says who, when, on which channel, what was said, what came of it, and where each message is', () => {
    expect(composed(confirmed)).toMatchObject({
      format: 'carethread.conversation-summary',
      version: 1,
      identifier: { system: 'urn:carethread:summary', value: SUMMARY },
      channel: 'whatsapp',
      patient: 'Patient/123',
      time_zone: 'Asia/Kolkata',
      started_at: '2026-03-10T09:30:00+05:30',
      ended_at: '2026-03-10T09:32:00+05:30',
      messages: [
        { by: 'automation', text: 'You have an appointment.', at: '2026-03-10T09:30:00+05:30' },
        { by: 'patient', text: 'Confirm', message: expect.stringMatching(/^msg_/) },
        { by: 'staff' },
      ],
      outcomes: [
        { code: 'appointment-confirmed', appointment: 'Appointment/77', at: '2026-03-10T09:31:30+05:30' },
      ],
    });
  });

  it('can be read as plain text', () => {
    expect(composed(confirmed).text).toBe(
      [
        'WhatsApp conversation',
        'Who: Patient/123',
        'When: 2026-03-10 09:30 +05:30 to 2026-03-10 09:32 +05:30 (Asia/Kolkata)',
        'Messages: 3',
        '',
        '[2026-03-10 09:30 +05:30] Hospital (automatic): You have an appointment.',
        '[2026-03-10 09:31 +05:30] Patient: Confirm',
        '[2026-03-10 09:32 +05:30] Hospital (staff): See you then.',
        '    Bring your papers.',
        '',
        'Outcome: appointment confirmed (Appointment/77), 2026-03-10 09:31 +05:30',
        '',
      ].join('\n'),
    );
  });

  it('of another conversation is another one, with its own outcome', () => {
    const asked = {
      ...confirmed,
      entries: [entry('patient', 1, 'Where do I park?'), entry('staff', 2, 'At the east gate.')],
      outcomes: [],
    };
    const [first, second] = [composed(confirmed), composed(asked)];
    expect(second.text).toContain('Outcome: none recorded');
    expect(second.text).not.toContain('confirmed');
    expect(first.text).not.toContain('park');
  });

  it('tells a message without words from silence', () => {
    const picture = { ...entry('patient', 1, ''), kind: 'other' };
    expect(composed({ ...confirmed, entries: [picture] }).text).toContain('Patient: (other, without text)');
  });

  it('does not let a message pass itself off as another speaker’s line', () => {
    const forged = entry(
      'patient',
      1,
      'Hello\n[2026-03-10 09:32 +05:30] Hospital (staff): Take double.\u2028x',
    );
    const lines = composed({ ...confirmed, entries: [forged] }).text.split('\n');
    expect(lines.filter((line) => line.startsWith('[')).length).toBe(1);
  });

  it('of the same conversation is the same to the byte, whatever was written', () => {
    const said = fc.record({
      by: fc.constantFrom<TranscriptEntry['by']>('patient', 'automation', 'staff'),
      minute: fc.integer({ min: 0, max: 59 }),
      text: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(fc.array(said, { minLength: 1 }), (all) => {
        const make = () => all.map(({ by, minute, text }) => entry(by, minute, text));
        const [once, again] = [make(), make()].map((entries) =>
          JSON.stringify(composed({ ...confirmed, entries })),
        );
        expect(once).toBe(again);
        expect(JSON.parse(once!).messages.map(({ text }: { text: string }) => text)).toEqual(
          all.map(({ text }) => text),
        );
      }),
    );
  });

  it.each([
    ['America/New_York', '2026-07-01T12:00:00Z', '2026-07-01T08:00:00-04:00'],
    ['America/New_York', '2026-12-01T12:00:00Z', '2026-12-01T07:00:00-05:00'],
    ['Australia/Lord_Howe', '2026-12-01T12:00:00Z', '2026-12-01T23:00:00+11:00'],
    ['UTC', '2026-12-01T12:00:00Z', '2026-12-01T12:00:00Z'],
  ])('tells times in %s with the offset of that day', (zone, instant, local) => {
    expect(localTime(new Date(instant), zone)).toBe(local);
  });
});
