import { Fault } from '../../../platform/errors/fault.js';
import type { Content } from './content.js';

/** Meta's limits for what we send (messages reference, October 2026). */
const TEXT_LIMIT = 4_096;
const BUTTONS_TEXT_LIMIT = 1_024;
const BUTTON_COUNT = 3;
const BUTTON_TITLE = 20;
const BUTTON_ID = 256;

/** Throws Fault `messaging.content-too-long` or `messaging.content-empty` (422) for what Meta would refuse. */
export function checkContent(content: Content): void {
  if (content.kind === 'template') return;
  if (content.text.trim() === '') throw refused('content-empty', 'The message is empty.');
  const limit = content.kind === 'text' ? TEXT_LIMIT : BUTTONS_TEXT_LIMIT;
  if (content.text.length > limit)
    throw refused('content-too-long', `The message is longer than ${limit} characters.`);
  if (content.kind === 'buttons') checkButtons(content.buttons);
}

function checkButtons(buttons: { token: string; title: string }[]): void {
  const titles = new Set(buttons.map(({ title }) => title));
  const isGood =
    buttons.length >= 1 &&
    buttons.length <= BUTTON_COUNT &&
    titles.size === buttons.length &&
    buttons.every(({ token, title }) => fits(title, BUTTON_TITLE) && fits(token, BUTTON_ID));
  if (!isGood)
    throw refused('content-buttons', 'WhatsApp takes one to three buttons with short, different titles.');
}

function fits(text: string, limit: number): boolean {
  return text.length >= 1 && text.length <= limit;
}

function refused(code: string, words: string): Fault {
  return new Fault({ code: `messaging.${code}`, kind: 'unprocessable', words });
}
