import type { Content } from './content.js';
import { parametersOf, quickReplyIndexes, sanitiseParameter, type Template } from './template.js';

/** Where a message goes: a phone in digits, or a business-scoped user id. */
export type Recipient = { to: string } | { recipient: string };

export interface Outgoing {
  recipient: Recipient;
  /** The attempt's id: Meta gives it back with every status. */
  attemptId: string;
  content: Content;
  /** The template as it was read from Meta; only for template content. */
  template: Template | null;
}

/** The body of POST /{phone-number-id}/messages. */
export function payloadOf({ recipient, attemptId, content, template }: Outgoing): object {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...recipient,
    biz_opaque_callback_data: attemptId,
    ...nodeOf(content, template),
  };
}

function nodeOf(content: Content, template: Template | null): object {
  switch (content.kind) {
    case 'text':
      // A preview would let Meta fetch a link out of a clinical text.
      return { type: 'text', text: { body: content.text, preview_url: false } };
    case 'buttons':
      return { type: 'interactive', interactive: interactiveOf(content) };
    case 'template':
      if (!template) throw new TypeError('a template message needs its template');
      return {
        type: 'template',
        template: {
          name: content.name,
          language: { code: content.language },
          components: [...bodyOf(content.body, template), ...buttonsOf(content.buttons, template)],
        },
      };
  }
}

function interactiveOf(content: Content & { kind: 'buttons' }): object {
  const buttons = content.buttons.map(({ token, title }) => ({ type: 'reply', reply: { id: token, title } }));
  return { type: 'button', body: { text: content.text }, action: { buttons } };
}

function bodyOf(values: string[], template: Template): object[] {
  if (values.length === 0) return [];
  const names = template.parameterFormat === 'NAMED' ? parametersOf(template) : [];
  const parameters = values.map((value, index) => ({
    type: 'text',
    ...(names[index] === undefined ? {} : { parameter_name: names[index] }),
    text: sanitiseParameter(value),
  }));
  return [{ type: 'body', parameters }];
}

function buttonsOf(payloads: string[], template: Template): object[] {
  const indexes = quickReplyIndexes(template);
  return payloads.map((payload, at) => ({
    type: 'button',
    sub_type: 'quick_reply',
    index: String(indexes[at]),
    parameters: [{ type: 'payload', payload }],
  }));
}
