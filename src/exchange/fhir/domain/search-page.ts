import type { Bundle, BundleEntry, BundleLink, Coding, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { isFhirId } from './reference.js';

/** One page of a searchset, read with the distrust that real servers teach. */
export interface SearchPage {
  resources: FhirResource[];
  /** Entries that are no resource or have no id that R4 allows. */
  unreadable: number;
  /** The server says that rows are or may be missing. */
  incomplete: boolean;
  /** The server says that it dropped a parameter. */
  ignoredParameter: boolean;
  next: string | null;
}

/** Epic: the result may be incomplete, the answer was cut, the parameter's limit was passed. */
const INCOMPLETE_CODES = new Set(['4119', '4127', '59133']);
/** Epic: an unknown parameter was ignored. */
const IGNORED_CODES = new Set(['4122', '59100']);

/** Null when this is no Bundle: then it is no answer at all, never "no appointments". */
export function readSearchPage(body: unknown): SearchPage | null {
  const bundle = body as Bundle | null;
  if (typeof bundle !== 'object' || bundle?.resourceType !== 'Bundle') return null;
  const found: unknown[] = listOf(bundle.entry).map((entry) => (entry as BundleEntry | null)?.resource);
  const outcomes = found.filter(isOutcome);
  const rows = found.filter((resource) => !isOutcome(resource));
  const resources = rows.filter(isRow);
  return {
    resources,
    unreadable: rows.length - resources.length,
    incomplete: outcomes.some(saysIncomplete),
    ignoredParameter: outcomes.some(saysIgnored),
    next: nextOf(bundle),
  };
}

function nextOf(bundle: Bundle): string | null {
  const link = (listOf(bundle.link) as BundleLink[]).find((one) => one?.relation === 'next');
  return typeof link?.url === 'string' ? link.url : null;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRow(value: unknown): value is FhirResource {
  const resource = value as Partial<FhirResource> | null | undefined;
  return typeof resource?.resourceType === 'string' && isFhirId(resource.id);
}

function isOutcome(value: unknown): value is OperationOutcome {
  return (value as Partial<FhirResource> | null | undefined)?.resourceType === 'OperationOutcome';
}

function saysIncomplete(outcome: OperationOutcome): boolean {
  return listOfIssues(outcome).some(
    (issue) =>
      ['error', 'fatal'].includes(issue.severity) ||
      ['incomplete', 'too-costly', 'throttled', 'timeout'].includes(issue.code) ||
      codesOf(issue).some((code) => INCOMPLETE_CODES.has(code)),
  );
}

function saysIgnored(outcome: OperationOutcome): boolean {
  return listOfIssues(outcome).some(
    (issue) => issue.code === 'not-supported' || codesOf(issue).some((code) => IGNORED_CODES.has(code)),
  );
}

function listOfIssues(outcome: OperationOutcome): OperationOutcome['issue'] {
  return listOf(outcome.issue).filter(isObject) as OperationOutcome['issue'];
}

/** The vendor's codes in what may be an OperationOutcome. */
export function codesOfOutcome(body: unknown): string[] {
  return isOutcome(body) ? listOfIssues(body).flatMap(codesOf) : [];
}

function codesOf(issue: OperationOutcome['issue'][number]): string[] {
  return listOf(issue.details?.coding)
    .filter(isObject)
    .flatMap((coding) => (coding as Coding).code ?? []);
}
