import { readInstant } from './row-checks.js';

/** R4 string: no code point below 32 but tab, line feed and carriage return; and JSON text is Unicode (RFC 8259). */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|\p{Surrogate}/u;

export function faultOfText(text: string): 'empty' | 'bad-character' | null {
  if (FORBIDDEN.test(text)) return 'bad-character';
  return text.trim() === '' ? 'empty' : null;
}

/** R4 elements of type instant: to the second, with an offset. */
const INSTANTS = new Set([
  'Appointment.start',
  'Appointment.end',
  'Slot.start',
  'Slot.end',
  'DocumentReference.date',
  'Observation.issued',
  'Provenance.recorded',
  'AuditEvent.recorded',
]);
const INSTANT_NAMES = new Set(['lastUpdated', 'valueInstant', 'when', 'effectiveInstant']);
const DATE_TIME_NAMES = new Set([
  'start',
  'end',
  'sent',
  'received',
  'created',
  'creation',
  'issued',
  'recorded',
  'authored',
  'authoredOn',
  'date',
  'dateTime',
  'time',
]);
const DAY = /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-\d\d)?)?$/;

interface Element {
  element: string;
  name: string;
}

/** Whether a text that stands where R4 has a date is one: on the calendar, and with an offset where it has a time. */
export function faultOfDate(text: string, { element, name }: Element): 'bad-date' | 'no-offset' | null {
  if (INSTANTS.has(element) || INSTANT_NAMES.has(name)) return faultOfTime(text);
  const dateTime = DATE_TIME_NAMES.has(name) || name.endsWith('DateTime');
  if (dateTime) return text.includes('T') ? faultOfTime(text) : faultOfDay(text);
  return /^birthDate$|[a-z]Date$/.test(name) ? faultOfDay(text) : null;
}

function faultOfTime(text: string): 'bad-date' | 'no-offset' | null {
  const at = readInstant(text);
  if (at instanceof Date) return null;
  return at === 'bad' ? 'bad-date' : at;
}

function faultOfDay(text: string): 'bad-date' | null {
  if (!DAY.test(text)) return 'bad-date';
  const whole = text.length === 10;
  return whole && !(readInstant(`${text}T00:00:00Z`) instanceof Date) ? 'bad-date' : null;
}

/** R4 has no rule that a visit ends after it starts; a period may begin and end at once (per-1). */
export function faultOfOrder(
  { start, end }: { start?: unknown; end?: unknown },
  element: string,
): 'end-not-after-start' | null {
  const [from, to] = [instantOf(start), instantOf(end)];
  if (Number.isNaN(from) || Number.isNaN(to)) return null;
  const lasts = element === 'Appointment' || element === 'Slot';
  return to < from || (lasts && to === from) ? 'end-not-after-start' : null;
}

/** NaN for what names no single instant and no day: a year and an instant in it have no order. */
function instantOf(text: unknown): number {
  const at = readInstant(text);
  return at instanceof Date ? at.getTime() : NaN;
}

const XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">';
/** What our templates use, without attributes: no script, no style, no picture, no link can stand in it. */
const TAG = /<(\/?)(div|p|b|i|em|strong|span|br|ul|ol|li|table|thead|tbody|tr|th|td|h[1-6])(\/?)>/g;
const ENTITY = /&(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});/g;

/** R4 txt-1 and txt-2, made narrower: only what a template of ours may hold, in one root, every tag closed. */
export function faultOfNarrative(div: string): 'narrative' | null {
  if (!div.startsWith(XHTML)) return 'narrative';
  const bare = `<div>${div.slice(XHTML.length)}`;
  const words = bare.replace(TAG, ' ').replace(ENTITY, 'x');
  const sound = !/[<>&]/.test(words) && words.trim() !== '' && isOneTree(bare);
  return sound ? null : 'narrative';
}

function isOneTree(html: string): boolean {
  const open: string[] = [];
  for (const { 0: text, 1: closing, 2: tag = '', 3: alone, index } of html.matchAll(TAG)) {
    if (closing && (alone || open.pop() !== tag)) return false;
    if (!closing && !alone) open.push(tag);
    if (open.length === 0) return index + text.length === html.length;
  }
  return false;
}
