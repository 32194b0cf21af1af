import type { Capabilities } from '../domain/capabilities.js';
import { type Span, windowsOf } from '../domain/windows.js';
import type { SearchParams } from '../infrastructure/fhir-client.js';
import { PAGE_SIZE } from './crawl.js';

/** The windows by which these days are searched. Of one patient a single answer holds all of them. */
export function searchedSpans({ scanBy }: Pick<Capabilities, 'scanBy'>, days: Span): Span[] {
  const windows = windowsOf(days);
  if (scanBy !== 'patient') return windows;
  return [{ from: windows[0]!.from, to: windows.at(-1)!.to }];
}

/** The search for the visits of a window at a place (`Location/1`; empty: anywhere). */
export function paramsAt(place: string, { from, to }: Span): SearchParams {
  const date = [`ge${from.toISOString()}`, `lt${to.toISOString()}`];
  const named: SearchParams = place === '' ? {} : { [place.split('/')[0]!.toLowerCase()]: place };
  return { date, ...named, _count: PAGE_SIZE };
}
