import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { faultsFor, loadDefinitions } from '../../../../test/support/valid-r4.js';
import { identifierOf } from '../domain/identifier.js';
import { communicationOf, escapeXml, jweOf, type CommunicationContent } from './summary.fhir-mapper.js';

const content: CommunicationContent = {
  carrier: 'B',
  identifier: identifierOf('01920000-0000-7000-8000-000000000001'),
  patient: 'Patient/123',
  about: ['Appointment/77'],
  lastMessageAt: new Date('2026-03-10T04:02:00Z'),
  messageCount: 3,
  timeZone: 'Asia/Kolkata',
  jwe: JSON.stringify({ ciphertext: 'AAAA', recipients: [] }),
  route: { asMessage: false, sender: null, recipients: [], label: null },
};
const PEOPLE = {
  asMessage: true,
  sender: 'Practitioner/501',
  recipients: ['Practitioner/502', 'Group/7'],
  label: 'R' as const,
};
const TOKEN = 'urn:carethread:summary|01920000-0000-7000-8000-000000000001';

describe('the Communication of a summary', () => {
  beforeAll(loadDefinitions);

  it.each(
    (['B', 'C', 'D'] as const).flatMap((carrier) =>
      [content.route, PEOPLE].flatMap((route) =>
        [undefined, { communication: 'Communication/7' }, { communication: null }].map((corrects) => ({
          ...{ ...content, carrier, route },
          ...(corrects && { corrects }),
        })),
      ),
    ),
  )(
    'is valid R4 for two validators and the guard, carrier $carrier ($route.asMessage, $corrects)',
    (given) => {
      expect(faultsFor(communicationOf(given))).toEqual([]);
    },
  );

  it('would not be valid with a status of our own', () => {
    expect(faultsFor({ ...communicationOf(content), status: 'sent' })).not.toEqual([]);
    expect(faultsFor({ ...communicationOf(content), status: undefined })).not.toEqual([]);
  });

  it('says outside the envelope when, how many and where to read, and no more', () => {
    const { payload, text, ...rest } = communicationOf(content);
    expect(rest).toEqual({
      resourceType: 'Communication',
      meta: { tag: [{ system: 'urn:carethread:profile', code: 'conversation-summary', version: '1' }] },
      identifier: [{ system: 'urn:carethread:summary', value: '01920000-0000-7000-8000-000000000001' }],
      status: 'completed',
      category: [
        {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/communication-category', code: 'notification' },
          ],
        },
      ],
      medium: [
        {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationMode', code: 'ONLINEWRIT' },
          ],
          text: 'WhatsApp',
        },
      ],
      subject: { reference: 'Patient/123' },
      about: [{ reference: 'Appointment/77' }],
      sent: '2026-03-10T09:32:00+05:30',
      received: '2026-03-10T09:32:00+05:30',
      sender: {
        type: 'Device',
        identifier: { system: 'urn:carethread:device', value: 'carethread' },
        display: 'CareThread',
      },
    });
    const notice =
      'WhatsApp conversation of 2026-03-10, 3 messages. It is encrypted in this record and opens in CareThread.';
    expect(payload![0]).toEqual({ contentString: notice });
    expect(text).toEqual({
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${notice}</p></div>`,
    });
  });

  it.each(['C', 'D'] as const)(
    'is one plain text between people where an EHR has messages, carrier %s',
    (carrier) => {
      const message = communicationOf({ ...content, carrier, route: PEOPLE });
      expect(message).toMatchObject({
        sender: { reference: 'Practitioner/501' },
        recipient: [{ reference: 'Practitioner/502' }, { reference: 'Group/7' }],
        meta: {
          security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
        },
      });
      expect(message.payload).toHaveLength(1);
      const { contentType, data } = message.payload![0]!.contentAttachment!;
      expect(contentType).toBe('text/plain');
      // Where no identifier is kept, this line is how a second try finds the first.
      expect(Buffer.from(data!, 'base64').toString('utf8').split('\n')).toContain(`Record: ${TOKEN}`);
    },
  );

  it('says of a correction which one it answers, and nothing of what it says', () => {
    const correction = communicationOf({ ...content, corrects: { communication: 'Communication/7' } });
    expect(correction.inResponseTo).toEqual([{ reference: 'Communication/7' }]);
    expect(correction.note).toEqual([
      {
        text: 'This record corrects an earlier one of the same conversation.',
        time: '2026-03-10T09:32:00+05:30',
      },
    ]);
    expect(communicationOf({ ...content, corrects: { communication: null } })).not.toHaveProperty(
      'inResponseTo',
    );
  });

  it('carries the sealed bytes with their size and SHA-1', () => {
    const attachment = communicationOf(content).payload![1]!.contentAttachment!;
    const bytes = Buffer.from(attachment.data!, 'base64');
    expect(bytes.toString('utf8')).toBe(content.jwe);
    expect(attachment).toMatchObject({
      contentType: 'application/jose+json',
      size: bytes.length,
      hash: createHash('sha1').update(bytes).digest('base64'),
    });
  });

  it('leaves out what it is about when that is not known', () => {
    expect(communicationOf({ ...content, about: [] })).not.toHaveProperty('about');
  });

  it.each([
    ['B', content.jwe],
    ['C', content.jwe],
    ['D', null],
  ] as const)('gives back its sealed bytes, carrier %s', (carrier, jwe) => {
    expect(jweOf(communicationOf({ ...content, carrier }))).toBe(jwe);
  });

  it('escapes whatever a narrative is given', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeXml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
    expect(escapeXml('<script>')).toBe('&lt;script&gt;');
  });
});
