import type { CapabilityStatement } from 'fhir/r4.js';
import type {
  AppointmentWriteLevel,
  Because,
  Capabilities,
  Facts,
  ScanBy,
  SummaryCarrier,
  SyncStrategy,
} from './capabilities.js';
import type { Profile } from './connection.js';
import { factsOfStatement } from './statement.policy.js';
import { VENDORS } from './vendors.js';

/** What the hospital says, which overrules what was found. */
export interface Overrides {
  profile: Profile;
  syncStrategy: 'auto' | SyncStrategy;
  scanBy: 'auto' | ScanBy;
  appointmentWrite: 'auto' | AppointmentWriteLevel;
  summaryCarrier: 'auto' | SummaryCarrier;
}

/** What a live test proved. `refused`: searches that the EHR does not answer, whatever else says so. */
export interface Proven {
  facts: Partial<Facts>;
  refusesLastUpdated?: boolean;
  refusedScans?: readonly ScanBy[];
}

interface More {
  /** Takes away what the granted scopes do not let us. */
  narrow?: (facts: Facts) => Facts;
  proven?: Proven;
}

const NOTHING: Proven = { facts: {} };

/**
 * What one EHR can do: what its statement says, then what is known of its vendor, what was granted, what a live test
 * proved and what the hospital says, each above the one before. No setting lifts it above what is there.
 */
export function capabilitiesOf(
  statement: CapabilityStatement,
  overrides: Overrides,
  { narrow, proven = NOTHING }: More = {},
): Capabilities {
  const because = {} as Capabilities['because'];
  const stated = { ...factsOfStatement(statement), because };
  const known = laid(stated, VENDORS[overrides.profile], 'vendor');
  const granted = narrow ? changed(known, narrow(known), 'granted') : known;
  const tested = laid(granted, proven.facts, 'tested');
  return possible(laid(tested, settingsOf(overrides, proven), 'setting'));
}

/** A wish for what the EHR was seen to refuse is no wish. */
function settingsOf(overrides: Overrides, { refusesLastUpdated, refusedScans = [] }: Proven): Partial<Facts> {
  const strategy = chosen(overrides.syncStrategy);
  const scanBy = chosen(overrides.scanBy);
  const level = chosen(overrides.appointmentWrite);
  const carrier = chosen(overrides.summaryCarrier);
  return {
    ...(strategy && !(strategy === 'last-updated' && refusesLastUpdated) && { syncStrategy: strategy }),
    ...(scanBy && !refusedScans.includes(scanBy) && { scanBy }),
    ...(level && { appointmentWrite: level }),
    ...(carrier && { summaryCarrier: carrier }),
  };
}

/** Nothing grows by wishing: without a way to write there is no level, without a Communication no carrier. */
function possible(found: Capabilities): Capabilities {
  const { because, communicationCreate, summaryCarrier } = found;
  const level = levelWithin(found);
  const held =
    level === found.appointmentWrite
      ? found
      : laid(found, { appointmentWrite: level }, reasonOf(found, level));
  if (communicationCreate || summaryCarrier === 'F') return held;
  return laid(held, { summaryCarrier: 'F' }, because.communicationCreate ?? 'statement');
}

function levelWithin({ appointmentWrite: level, appointmentWriteBy, booking }: Facts): AppointmentWriteLevel {
  if (appointmentWriteBy === 'none') return 'L0';
  return level === 'L3' && booking === 'none' ? 'L2' : level;
}

function reasonOf({ because }: Capabilities, level: AppointmentWriteLevel): Because {
  return (level === 'L0' ? because.appointmentWriteBy : because.booking) ?? 'statement';
}

function chosen<T extends string>(setting: 'auto' | T): T | undefined {
  return setting === 'auto' ? undefined : (setting as T);
}

/** Facts of a later layer over an earlier one: what it says is so because of it. */
function laid(below: Capabilities, said: Partial<Facts>, because: Because): Capabilities {
  const reasons = Object.fromEntries(Object.keys(said).map((name) => [name, because]));
  return { ...below, ...said, because: { ...below.because, ...reasons } };
}

/** The same for a layer that answers with everything: what it left alone is not because of it. */
function changed(below: Capabilities, above: Facts, because: Because): Capabilities {
  const said = Object.entries(above).filter(
    ([name, value]) =>
      name !== 'because' && JSON.stringify(value) !== JSON.stringify(below[name as keyof Facts]),
  );
  return laid(below, Object.fromEntries(said), because);
}

/** Whether two answers mean the same: who said it, and in which order lists come, does not matter. */
export function meansSame(one: Capabilities, other: Capabilities | null): boolean {
  return other !== null && meaningOf(one) === meaningOf(other);
}

function meaningOf({ because: _because, ...facts }: Capabilities): string {
  const entries = Object.entries(facts).map(([name, value]) => [
    name,
    Array.isArray(value) ? [...(value as string[])].sort() : value,
  ]);
  return JSON.stringify(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}
