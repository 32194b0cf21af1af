import type { Capabilities, SummaryCarrier } from './capabilities.js';
import type { ConnectionSettings } from './connection.js';

/** How a summary travels into one EHR, by its settings, what it can do, and what it refused before. */
export interface SummaryRoute {
  carrier: SummaryCarrier;
  /** Whether carrier C may follow a refused B: the hospital left the choice to us. */
  free: boolean;
  /** Oracle Health: one text, one category, people as sender and recipients. */
  asMessage: boolean;
  sender: string | null;
  recipients: string[];
  label: ConnectionSettings['summaryLabel'];
  /** Settings without which this EHR takes none: then the carrier is F. */
  missing: ('sender' | 'recipients')[];
}

export type RouteSettings = Pick<
  ConnectionSettings,
  'summaryCarrier' | 'summarySender' | 'summaryRecipients' | 'summaryLabel'
> & { learntCarrier: SummaryCarrier | null };

const ORDER: SummaryCarrier[] = ['B', 'C', 'D', 'F'];

export function summaryRouteOf(settings: RouteSettings, capabilities: Capabilities): SummaryRoute {
  const { summarySender: sender, summaryRecipients: recipients, learntCarrier } = settings;
  // Who can only be found by their recipients are messages between people.
  const asMessage = capabilities.communicationSearch === 'recipient';
  const missing = asMessage && capabilities.communicationCreate ? missingIn(sender, recipients) : [];
  const wanted = later(capabilities.summaryCarrier, learntCarrier);
  return {
    carrier: missing.length > 0 || !capabilities.communicationCreate ? 'F' : wanted,
    free: settings.summaryCarrier === 'auto',
    asMessage,
    sender,
    recipients,
    label: settings.summaryLabel,
    missing: capabilities.summaryCarrier === 'F' ? [] : missing,
  };
}

/** The carrier after a refused one; null when there is none. */
export function carrierAfter(carrier: SummaryCarrier, free: boolean): SummaryCarrier | null {
  if (carrier === 'B') return free ? 'C' : 'D';
  return carrier === 'C' ? 'D' : null;
}

function missingIn(sender: string | null, recipients: readonly string[]): SummaryRoute['missing'] {
  return [
    ...(sender === null ? (['sender'] as const) : []),
    ...(recipients.length === 0 ? (['recipients'] as const) : []),
  ];
}

function later(carrier: SummaryCarrier, learnt: SummaryCarrier | null): SummaryCarrier {
  return learnt !== null && ORDER.indexOf(learnt) > ORDER.indexOf(carrier) ? learnt : carrier;
}
