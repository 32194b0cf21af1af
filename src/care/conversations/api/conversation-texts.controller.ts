import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Context } from '../../../platform/context/context.js';
import { Idempotent } from '../../../platform/http/idempotent.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import { normaliseText } from '../../../platform/text/text.js';
import { Notes } from '../application/notes.js';
import { ReadConversations } from '../application/read.js';
import { Reply } from '../application/reply.js';
import {
  ConversationMessageListDto,
  NoteDto,
  NoteListDto,
  NoteTextDto,
  ReplyDto,
  ReplyReceiptDto,
} from './conversations.dto.js';
import { showMessage, showNote } from './conversations.mapper.js';

/** The parts of a conversation that people wrote: each read of them is audited. */
@ApiTags('conversations')
@Controller('v1/conversations/:id')
export class ConversationTextsController {
  constructor(
    private readonly reader: ReadConversations,
    private readonly replying: Reply,
    private readonly noting: Notes,
  ) {}

  /** What was said, by time. Audited. */
  @Get('messages')
  @RequireScope('conversations:read')
  async messages(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cnv', 'conversation')) id: Uuid,
  ): Promise<ConversationMessageListDto> {
    return { data: (await this.reader.messages(ctx, id)).map(showMessage), next_cursor: null };
  }

  /** Answers the patient within the customer service window. 409 names why it may not leave. */
  @Post('messages')
  @HttpCode(202)
  @Idempotent()
  @RequireScope('conversations:write')
  async reply(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cnv', 'conversation')) id: Uuid,
    @Body() body: ReplyDto,
  ): Promise<ReplyReceiptDto> {
    const { messageId, state } = await this.replying.run(ctx, id, normaliseText(body.text));
    return { id: publicId('msg', messageId), state };
  }

  /** Notes of staff for staff, oldest first. Audited. */
  @Get('notes')
  @RequireScope('conversations:read')
  async notes(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cnv', 'conversation')) id: Uuid,
  ): Promise<NoteListDto> {
    return { data: (await this.noting.of(ctx, id)).map(showNote), next_cursor: null };
  }

  /** Adds a note. The patient never sees it. */
  @Post('notes')
  @Idempotent()
  @RequireScope('conversations:write')
  async note(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cnv', 'conversation')) id: Uuid,
    @Body() body: NoteTextDto,
  ): Promise<NoteDto> {
    return showNote(await this.noting.add(ctx, id, normaliseText(body.text)));
  }
}
