import { IsIn, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { PageQuery } from '../../../platform/http/paging.js';
import type { Author, CloseReason } from '../domain/conversation.js';

const PATIENT_ID = /^pat_[0-9a-z]{26}$/;

/** Cloud API: the body of a text message has at most 4096 characters. */
const TEXT_LIMIT = 4_096;

export class ConversationQuery extends PageQuery {
  @IsOptional()
  @IsIn(['open', 'closed'])
  state?: 'open' | 'closed';

  /** `pat_…` */
  @IsOptional()
  @Matches(PATIENT_ID, { message: 'must be a pat_ id' })
  patient?: string;
}

export class ReplyDto {
  /** What the patient will read. */
  @IsString()
  @MinLength(1)
  @MaxLength(TEXT_LIMIT)
  @Matches(/\S/, { message: 'must not be blank' })
  text: string;
}

export class NoteTextDto extends ReplyDto {}

export class AssignDto {
  /** `pat_…`: whom the conversation is about. */
  @IsOptional()
  @Matches(PATIENT_ID, { message: 'must be a pat_ id' })
  patient?: string;

  /** The opaque id of the person who looks after it; null gives it back to the automation. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_.:-]{1,100}$/, { message: 'must be an id without spaces' })
  assignee?: string | null;
}

export class ConversationDto {
  id: string;
  /** Null until somebody is named. */
  patient: string | null;
  address: string;
  whatsapp_account: string;
  state: 'open' | 'closed';
  close_reason: CloseReason | null;
  assignee: string | null;
  /** Since when it waits for a person. */
  waiting_since: string | null;
  opened_at: string;
  last_message_at: string;
  closed_at: string | null;
}

export class ConversationPageDto {
  data: ConversationDto[];
  next_cursor: string | null;
}

export class OutcomeDto {
  /** `appointment-confirmed` */
  code: string;
  at: string;
  appointment: string | null;
}

export class ConversationDetailDto extends ConversationDto {
  outcomes: OutcomeDto[];
}

export class ConversationMessageDto {
  id: string;
  direction: 'inbound' | 'outbound';
  by: Author;
  at: string;
  kind: string;
  text: string;
  /** What became of ours; null for the patient's. */
  state: string | null;
  reason: string | null;
}

export class ConversationMessageListDto {
  data: ConversationMessageDto[];
  next_cursor: string | null;
}

export class ReplyReceiptDto {
  id: string;
  state: string;
}

export class NoteDto {
  id: string;
  author: string;
  written_at: string;
  text: string;
}

export class NoteListDto {
  data: NoteDto[];
  next_cursor: string | null;
}
