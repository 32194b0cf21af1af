import { createHash } from 'node:crypto';
import type { Attachment, Communication, CommunicationPayload, Narrative, Reference } from 'fhir/r4.js';
import type { SummaryCarrier, SummaryRoute } from '../../../exchange/fhir/index.js';
import { armour, disarm } from '../domain/armour.js';
import { localTime } from '../domain/document.js';
import { tokenOf, type SummaryIdentifier } from '../domain/identifier.js';
import { DEVICE } from './device.js';

const JOSE = 'application/jose+json';
/** Without a charset: what we write in it is ASCII, and Oracle Health names the bare type. */
const PLAIN = 'text/plain';
const TITLE = 'WhatsApp conversation (encrypted)';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
/** Which rules a Communication of ours follows, for those who find one years later. */
const PROFILE = { system: 'urn:carethread:profile', code: 'conversation-summary', version: '1' };

export interface CommunicationContent {
  carrier: Exclude<SummaryCarrier, 'F'>;
  identifier: SummaryIdentifier;
  /** `Patient/1` */
  patient: string;
  /** `Appointment/12` */
  about: readonly string[];
  lastMessageAt: Date;
  messageCount: number;
  /** IANA */
  timeZone: string;
  /** JWE General JSON. */
  jwe: string;
  /** What this EHR or the hospital wants of it. */
  route: Pick<SummaryRoute, 'asMessage' | 'sender' | 'recipients' | 'label'>;
  /** It corrects an earlier one; `Communication/7` where that is in the EHR. */
  corrects?: { communication: string | null };
}

/**
 * One summary as a FHIR R4 Communication. Outside the envelope stand ids, times and a count: no name, number, text or
 * kind of visit, because everyone who may read the resource sees them (fhir-connector.md 6.3).
 */
export function communicationOf(content: CommunicationContent): Communication {
  const time = localTime(content.lastMessageAt, content.timeZone);
  const notice = noticeOf(content, time);
  const { route, corrects } = content;
  return {
    resourceType: 'Communication',
    meta: {
      ...(route.label && { security: [{ system: CONFIDENTIALITY, code: route.label }] }),
      tag: [PROFILE],
    },
    text: narrativeOf(notice),
    identifier: [content.identifier],
    ...(corrects?.communication && { inResponseTo: [{ reference: corrects.communication }] }),
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
    subject: { reference: content.patient },
    ...(content.about.length > 0 && { about: content.about.map(referenceTo) }),
    sent: time,
    received: time,
    ...(route.recipients.length > 0 && { recipient: route.recipients.map(referenceTo) }),
    sender: route.sender === null ? DEVICE : referenceTo(route.sender),
    payload: payloadOf(content, notice),
    ...(corrects && { note: [{ text: CORRECTION_NOTE, time }] }),
  };
}

const CORRECTION_NOTE = 'This record corrects an earlier one of the same conversation.';

function referenceTo(reference: string): Reference {
  return { reference };
}

/** The JWE that a Communication of ours carries; null when it carries none. */
export function jweOf(communication: Communication): string | null {
  for (const { contentAttachment } of communication.payload ?? []) {
    const found = contentAttachment && jweIn(contentAttachment);
    if (found) return found;
  }
  return null;
}

function jweIn({ contentType, data }: Attachment): string | null {
  if (data === undefined) return null;
  const text = Buffer.from(data, 'base64').toString('utf8');
  if (contentType === JOSE) return text;
  return contentType?.startsWith('text/plain') ? disarm(text) : null;
}

function payloadOf(content: CommunicationContent, notice: string): CommunicationPayload[] {
  const { carrier, route, identifier } = content;
  // An EHR that keeps no identifier (Oracle Health) still shows this line: by it a second try finds the first.
  const marked = `${notice}\nRecord: ${tokenOf(identifier)}`;
  if (carrier === 'C') return [{ contentAttachment: attachmentOf(PLAIN, armour(marked, content.jwe)) }];
  if (carrier === 'B') {
    return [{ contentString: notice }, { contentAttachment: attachmentOf(JOSE, content.jwe) }];
  }
  return [
    route.asMessage ? { contentAttachment: attachmentOf(PLAIN, `${marked}\n`) } : { contentString: notice },
  ];
}

function attachmentOf(contentType: string, text: string): Attachment {
  const bytes = Buffer.from(text, 'utf8');
  return {
    contentType,
    data: bytes.toString('base64'),
    // R4: bytes before base64, and SHA-1 of them. Filled because R4 has it, relied on by nobody: the JWE proves itself.
    size: bytes.length,
    hash: createHash('sha1').update(bytes).digest('base64'),
    title: contentType === PLAIN ? 'WhatsApp conversation' : TITLE,
  };
}

function noticeOf({ messageCount, carrier, corrects }: CommunicationContent, time: string): string {
  const where =
    carrier === 'D' ? 'It is kept in CareThread.' : 'It is encrypted in this record and opens in CareThread.';
  if (corrects) return `Correction of an earlier WhatsApp conversation, ${time.slice(0, 10)}. ${where}`;
  return `WhatsApp conversation of ${time.slice(0, 10)}, ${messageCount} ${messageCount === 1 ? 'message' : 'messages'}. ${where}`;
}

/** Validators let a script element in a narrative pass (measured), so nothing goes in unescaped. */
function narrativeOf(notice: string): Narrative {
  return {
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${escapeXml(notice)}</p></div>`,
  };
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
