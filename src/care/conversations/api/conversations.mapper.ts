import { publicId } from '../../../platform/ids/ids.js';
import type { Note } from '../application/notes.js';
import type { SpokenEntry } from '../application/transcripts.js';
import type { Conversation } from '../domain/conversation.js';
import type { Outcome } from '../domain/transcript.js';
import type {
  ConversationDetailDto,
  ConversationDto,
  ConversationMessageDto,
  NoteDto,
  OutcomeDto,
} from './conversations.dto.js';

export function showConversation(conversation: Conversation): ConversationDto {
  return {
    id: publicId('cnv', conversation.id),
    patient: conversation.patientId && publicId('pat', conversation.patientId),
    address: publicId('adr', conversation.addressId),
    whatsapp_account: publicId('wac', conversation.accountId),
    state: conversation.state,
    close_reason: conversation.closeReason,
    assignee: conversation.assignee,
    waiting_since: conversation.waitingSince?.toISOString() ?? null,
    opened_at: conversation.openedAt.toISOString(),
    last_message_at: conversation.lastMessageAt.toISOString(),
    closed_at: conversation.closedAt?.toISOString() ?? null,
  };
}

export function showDetail(conversation: Conversation, outcomes: Outcome[]): ConversationDetailDto {
  return { ...showConversation(conversation), outcomes: outcomes.map(showOutcome) };
}

function showOutcome({ code, at, appointmentId }: Outcome): OutcomeDto {
  return { code, at: at.toISOString(), appointment: appointmentId ? publicId('apt', appointmentId) : null };
}

export function showMessage(entry: SpokenEntry): ConversationMessageDto {
  return {
    id: publicId('msg', entry.messageId),
    direction: entry.direction,
    by: entry.by,
    at: entry.at.toISOString(),
    kind: entry.kind,
    text: entry.text,
    state: entry.state,
    reason: entry.reason,
  };
}

export function showNote(note: Note): NoteDto {
  return {
    id: publicId('not', note.id),
    author: note.author,
    written_at: note.writtenAt.toISOString(),
    text: note.text,
  };
}
