import type {
  SummaryCorrection,
  SummaryDocument,
  SummaryMessage,
  SummaryOutcome,
} from './summary-document.js';

const AUTHORS: Record<SummaryMessage['by'], string> = {
  patient: 'Patient',
  automation: 'Hospital (automatic)',
  staff: 'Hospital (staff)',
};

/** The document as plain text, in English: one line per message in the order of time, then the outcome. */
export function renderText(document: Omit<SummaryDocument, 'text'>): string {
  if (document.correction) return renderCorrection(document, document.correction);
  return [
    'WhatsApp conversation',
    `Who: ${document.patient}`,
    `When: ${clock(document.started_at)} to ${clock(document.ended_at)} (${document.time_zone})`,
    `Messages: ${document.messages.length}`,
    '',
    ...document.messages.map(renderMessage),
    '',
    ...(document.outcomes.length > 0 ? document.outcomes.map(renderOutcome) : ['Outcome: none recorded']),
    '',
  ].join('\n');
}

function renderCorrection(
  { patient }: Pick<SummaryDocument, 'patient'>,
  correction: SummaryCorrection,
): string {
  return [
    'Correction of a WhatsApp conversation',
    `Who: ${patient}`,
    `When: ${clock(correction.at)}`,
    '',
    `Hospital (staff): ${movedIn(correction.note)}`,
    '',
  ].join('\n');
}

function renderMessage(message: SummaryMessage): string {
  const said = message.text === '' ? `(${message.kind}, without text)` : message.text;
  return `[${clock(message.at)}] ${AUTHORS[message.by]}: ${movedIn(said)}`;
}

/** What follows a line break is moved in: a message cannot pass itself off as the next speaker. */
function movedIn(text: string): string {
  return text.split(/\r\n|[\n\r\u0085\u2028\u2029]/).join('\n    ');
}

function renderOutcome(outcome: SummaryOutcome): string {
  const words = outcome.code.replaceAll('-', ' ');
  return `Outcome: ${words}${outcome.appointment ? ` (${outcome.appointment})` : ''}, ${clock(outcome.at)}`;
}

/** `2026-11-23 18:30 +05:30` */
function clock(time: string): string {
  const [, date, minute, offset] = /^(.{10})T(.{5}).*?(Z|[+-]\d{2}:\d{2})$/.exec(time)!;
  return `${date} ${minute} ${offset}`;
}
