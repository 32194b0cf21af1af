import { BESIDE } from './beside.js';
import type { Because, Capabilities, Facts } from './capabilities.js';
import type { Overrides } from './capability.policy.js';
import { KEEPABLE } from './kept.js';

/** One line of what an EHR can do, for an integration engineer. */
export interface CapabilityRow {
  question: string;
  answer: string;
  /** Of the row `action-level` only. */
  level?: Facts['appointmentWrite'];
  because: Because;
  words: string;
}

const STRATEGIES: Record<Facts['syncStrategy'], string> = {
  'last-updated': 'The EHR is asked what changed since the last time; once a day every day ahead is read.',
  'window-scan':
    'The EHR cannot be asked what changed: the days ahead are read again and again and compared.',
  'notify-then-read': 'Hints name what is read; a slow scan covers what no hint told.',
};
const SCANS: Record<Facts['scanBy'], string> = {
  date: 'A search of appointments names its days alone.',
  location: 'A search of appointments names a location and its days.',
  practitioner: 'A search of appointments names a practitioner and its days.',
  patient:
    'A search of appointments names a patient and its days: a visit of an unknown patient is not found.',
  known: 'Appointments cannot be searched: those that are known are read one by one, new ones come by hints.',
};
const LEVELS: Record<Facts['appointmentWrite'], string> = {
  L0: 'Nothing is changed in the EHR; every wish of a patient is a work item for the desk.',
  L1: 'The status of a visit is changed, and nothing of who takes part.',
  L2: 'The status of a visit and the patient’s own answer are changed.',
  L3: 'The status of a visit and the patient’s own answer are changed, and visits are booked.',
};
const CARRIERS: Record<Facts['summaryCarrier'], string> = {
  B: 'A sealed attachment of a Communication; clinicians open it here.',
  C: 'Sealed text in a Communication; clinicians open it here.',
  D: 'A Communication that says only that there is a summary; it is kept here.',
  F: 'Nothing is written to the EHR; the summary is kept and opened here.',
};
const LOOKUPS: Record<Facts['communicationSearch'], string> = {
  identifier: 'After a lost answer a Communication is searched by its identifier.',
  patient: 'After a lost answer the patient’s Communications are looked through.',
  recipient: 'After a lost answer the recipient’s Communications are looked through.',
  none: 'After a lost answer nothing can be looked up: the summary waits for a person.',
};

/** The plain table of what an EHR can do. A setting that it cannot follow is said in the row's words. */
export function tableOf(capabilities: Capabilities, settings: Overrides): CapabilityRow[] {
  return [
    ...syncRows(capabilities, settings),
    ...actionRows(capabilities, settings),
    ...summaryRows(capabilities, settings),
    ...writeRows(capabilities),
    ...besideRows(capabilities),
  ];
}

function syncRows(found: Capabilities, settings: Overrides): CapabilityRow[] {
  const { fhirVersion, syncStrategy, scanBy, includes, postSearch } = found;
  return [
    row(found, 'fhir-version', 'fhirVersion', [fhirVersion, `The EHR speaks FHIR ${fhirVersion}.`]),
    row(found, 'sync-strategy', 'syncStrategy', [
      syncStrategy,
      STRATEGIES[syncStrategy],
      unheard(settings.syncStrategy, syncStrategy),
    ]),
    row(found, 'scan-by', 'scanBy', [scanBy, SCANS[scanBy], unheard(settings.scanBy, scanBy)]),
    row(found, 'includes', 'includes', [
      listed(includes),
      includes.length > 0
        ? 'A search brings these records along.'
        : 'A search brings nothing along: patients, practitioners and places are read one by one.',
    ]),
    row(found, 'post-search', 'postSearch', [
      postSearch ? 'yes' : 'no',
      postSearch
        ? 'A search that names a patient goes by POST, so that no address names one.'
        : 'A search that names a patient has its id in the address: keep it out of the logs on the way.',
    ]),
  ];
}

function actionRows(found: Capabilities, settings: Overrides): CapabilityRow[] {
  const { appointmentWrite: level, reschedule, booking } = found;
  const changes = level !== 'L0';
  return [
    {
      ...row(found, 'action-level', 'appointmentWrite', [
        level,
        LEVELS[level],
        unheard(settings.appointmentWrite, level),
      ]),
      level,
    },
    told(found, 'patient-confirms', { done: level === 'L2' || level === 'L3', words: 'is confirmed' }),
    told(found, 'patient-cancels', { done: changes, words: 'is cancelled' }),
    told(found, 'patient-moves', { done: changes && reschedule !== 'none', words: 'is moved' }),
    told(found, 'patient-books', { done: changes && booking !== 'none', words: 'is booked' }),
  ];
}

/** What the patient will be told: never more than the EHR was seen to have done. */
function told(
  found: Capabilities,
  question: string,
  { done, words }: { done: boolean; words: string },
): CapabilityRow {
  return row(found, question, 'appointmentWrite', [
    done ? 'in-ehr' : 'desk',
    done
      ? `The patient is told that the visit ${words} once the EHR shows it.`
      : 'The patient is told that the request was received; the desk gets a work item.',
  ]);
}

function summaryRows(found: Capabilities, settings: Overrides): CapabilityRow[] {
  const { summaryCarrier: carrier, communicationSearch, communicationChange } = found;
  const corrects = communicationChange !== 'none';
  return [
    row(found, 'summary-carrier', 'summaryCarrier', [
      carrier,
      CARRIERS[carrier],
      unheard(settings.summaryCarrier, carrier),
    ]),
    row(found, 'summary-lookup', 'communicationSearch', [communicationSearch, LOOKUPS[communicationSearch]]),
    row(found, 'summary-correction', 'communicationChange', [
      communicationChange,
      corrects
        ? 'A wrong summary is marked entered-in-error in the EHR.'
        : 'A wrong summary cannot be withdrawn in the EHR: a person is asked to do it there.',
    ]),
  ];
}

function writeRows(found: Capabilities): CapabilityRow[] {
  const { conditionalCreate, idempotencyHeader, creates, communicationCreate } = found;
  const once = conditionalCreate ? 'if-none-exist' : (idempotencyHeader ?? 'none');
  const writes = [...(communicationCreate ? ['Communication'] : []), ...creates];
  return [
    row(found, 'conditional-create', idempotencyHeader ? 'idempotencyHeader' : 'conditionalCreate', [
      once,
      once === 'none'
        ? 'The EHR does not keep a record from being made twice: it is looked up before anything is sent again.'
        : 'The EHR itself keeps a record from being made twice.',
    ]),
    row(found, 'writes-offered', 'creates', [
      listed(writes),
      'Records of these types can be made in the EHR.',
    ]),
  ];
}

const READ_BESIDE = [...BESIDE, 'Slot'];

function besideRows(found: Capabilities): CapabilityRow[] {
  const { reads, creates } = found;
  const missing = READ_BESIDE.filter((type) => !reads.includes(type));
  const kept = KEEPABLE.filter((type) => !creates.includes(type));
  return [
    row(found, 'reads-beside', 'reads', [
      listed(READ_BESIDE.filter((type) => reads.includes(type))),
      missing.length > 0 ? `Not offered, so not asked for: ${listed(missing)}.` : 'All of these are offered.',
    ]),
    row(found, 'kept-here', 'creates', [
      listed(kept),
      kept.length > 0
        ? 'Records of these types are kept and shown here, and written once the EHR offers it.'
        : 'Nothing is kept here for want of a place in the EHR.',
    ]),
  ];
}

type Said = [answer: string, words: string, note?: string];

function row(
  found: Capabilities,
  question: string,
  fact: keyof Facts,
  [answer, words, note = '']: Said,
): CapabilityRow {
  const because = found.because[fact] ?? 'statement';
  const granted = because === 'granted' ? ' The granted scopes allow no more.' : '';
  return { question, answer, because, words: `${words}${granted}${note}` };
}

/** A setting that could not be followed. */
function unheard(wish: string, answer: string): string {
  return wish === 'auto' || wish === answer
    ? ''
    : ` The setting asks for ${wish}, which this EHR does not offer.`;
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'none';
}
