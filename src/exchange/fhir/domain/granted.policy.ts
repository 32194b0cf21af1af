import type { Facts } from './capabilities.js';
import { permits } from './scopes.policy.js';
import type { Scopes } from './smart.js';

const INCLUDED: Record<string, string> = {
  'Appointment:patient': 'Patient',
  'Appointment:practitioner': 'Practitioner',
  'Appointment:location': 'Location',
};

/** What an EHR can do, less what its token does not let us: what was not granted is not tried. */
export function withinGrant(found: Facts, scopes: Scopes | null): Facts {
  if (!scopes) return found;
  const may = (type: string, letter: string): boolean => permits(scopes.granted, type, letter);
  return {
    ...found,
    ...reading(found, may),
    ...changing(found, may),
    ...communicating(found, may),
    creates: found.creates.filter((type) => may(type, 'c')),
    reads: found.reads.filter((type) => may(type, 'r') || may(type, 's')),
    scopes: { asked: [...scopes.asked].sort(), granted: [...scopes.granted].sort() },
  };
}

/** Whether it is worth asking for a resource of this type. What was never probed may be asked for. */
export function mayRead(known: Facts | null, type: string): boolean {
  return !known?.scopes || permits(known.scopes.granted, type, 'r');
}

type May = (type: string, letter: string) => boolean;

/** Without a search visits are read one by one, as hints or their ids name them. */
function reading(found: Facts, may: May): Partial<Facts> {
  const includes = found.includes.filter((name) => may(INCLUDED[name] ?? '', 'r'));
  const patientLastUpdated = found.patientLastUpdated && may('Patient', 's');
  if (may('Appointment', 's')) return { includes, patientLastUpdated };
  return { includes, patientLastUpdated, syncStrategy: 'notify-then-read', scanBy: 'known' };
}

function changing(found: Facts, may: May): Partial<Facts> {
  const books = may('Appointment', 'c') && (found.booking !== 'slot' || may('Slot', 's'));
  const booking = books ? found.booking : 'none';
  if (!may('Appointment', 'u'))
    return { booking, appointmentWrite: 'L0', appointmentWriteBy: 'none', reschedule: 'none' };
  const level = found.appointmentWrite === 'L3' && booking === 'none' ? 'L2' : found.appointmentWrite;
  return { booking, appointmentWrite: level };
}

/** What is written is read back: one without the other carries no summary. */
function communicating(found: Facts, may: May): Partial<Facts> {
  const writes = may('Communication', 'c') && may('Communication', 'r');
  return {
    communicationCreate: found.communicationCreate && writes,
    communicationSearch: may('Communication', 's') ? found.communicationSearch : 'none',
    communicationChange: may('Communication', 'u') ? found.communicationChange : 'none',
    summaryCarrier: writes ? found.summaryCarrier : 'F',
  };
}
