import { isWrite, type Route } from '../fhir/request.js';

/** What a fault touches when nothing narrower is asked. */
const scopes = {
  'error-500': 'any',
  'error-503': 'any',
  throttle: 'any',
  locked: 'write',
  'failed-dependency': 'write',
  stale: 'write',
  forbidden: 'any',
  html: 'any',
  xml: 'any',
  'not-acceptable': 'any',
  'malformed-json': 'any',
  truncate: 'any',
  'truncate-gzip': 'any',
  'endless-body': 'any',
  'huge-body': 'any',
  delay: 'any',
  hang: 'any',
  'drop-request': 'any',
  'drop-answer': 'write',
  'hold-answer': 'write',
  'empty-answer': 'write',
  'no-location': 'write',
  'bare-answer': 'write',
  'ignore-writes': 'write',
  altered: 'write',
  'foreign-next': 'search',
  'outside-next': 'search',
  'alternate-next': 'search',
  'relative-next': 'search',
  'loop-next': 'search',
  'many-pages': 'search',
  'offset-pages': 'search',
  'expired-page': 'page',
  'repeated-rows': 'page',
  'changed-rows': 'page',
  'delete-mid-crawl': 'page',
  incomplete: 'search',
  'ignored-parameter': 'search',
  vanished: 'any',
  'foreign-reference': 'any',
} as const;

export type FaultName = keyof typeof scopes;

export const faultNames = Object.keys(scopes) as FaultName[];

export interface FaultSpec {
  name: FaultName;
  /** Slug; without it every hospital is touched. */
  hospital?: string;
  /** How many requests it spoils; without it until cleared. */
  count?: number;
  match?: { method?: string; resourceType?: string; interaction?: string; id?: string };
  /** throttle, locked, failed-dependency and error-503: Retry-After. */
  seconds?: number;
  /** How Retry-After is written: `seconds` (without it) or `date`. */
  form?: 'seconds' | 'date';
  /** delay. */
  ms?: number;
  /** stale: 409 (default) or 412. vanished: 200 (default), 403 or 410 to who reads the row. */
  status?: number;
  /** foreign-next, alternate-next, foreign-reference: where the link leads. */
  origin?: string;
  /** huge-body. */
  bytes?: number;
  /** many-pages. */
  pages?: number;
  /** changed-rows: whether the later page has the `newer` (without it) or the `older` version. */
  versions?: 'newer' | 'older';
  /** incomplete: the vendor's code of the outcome. */
  code?: string;
  /** ignored-parameter. */
  parameter?: string;
  /** vanished: of the row. */
  id?: string;
}

export type Fault = FaultSpec & { n: number; used: number };

export interface Touched {
  hospital: string;
  method: string;
  route: Route;
  params: URLSearchParams;
}

export const isFaultName = (name: unknown): name is FaultName =>
  typeof name === 'string' && Object.hasOwn(scopes, name);

/** The misbehaviours asked for; the first that fits a request is used. */
export class FaultBook {
  #faults: Fault[] = [];
  #n = 0;

  add(spec: FaultSpec): Fault {
    const fault = { ...spec, n: ++this.#n, used: 0 };
    this.#faults.push(fault);
    return fault;
  }

  list(): Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults = [];
  }

  remove(name: FaultName): void {
    this.#faults = this.#faults.filter((one) => one.name !== name);
  }

  /** The fault that spoils this request, counted as used. */
  take(touched: Touched): Fault | undefined {
    const fault = this.#faults.find((one) => fits(one, touched));
    if (!fault) return undefined;
    fault.used += 1;
    if (fault.count !== undefined && fault.used >= fault.count) {
      this.#faults = this.#faults.filter((one) => one !== fault);
    }
    return fault;
  }
}

function fits({ name, hospital, match = {} }: Fault, touched: Touched): boolean {
  const { method, route } = touched;
  const same = (wanted: string | undefined, is: string | undefined) => wanted === undefined || wanted === is;
  return (
    same(hospital, touched.hospital) &&
    same(match.method, method) &&
    same(match.resourceType, route.typeName) &&
    same(match.interaction, route.interaction) &&
    same(match.id, route.id) &&
    inScope(scopes[name], touched)
  );
}

const pageParams = ['_page', '_getpages', 'cursor', 'page'];

function inScope(scope: (typeof scopes)[FaultName], { route, params }: Touched): boolean {
  if (scope === 'any') return true;
  if (scope === 'write')
    return isWrite(route.interaction) || ['hold', 'book'].includes(route.operation ?? '');
  const isPage = pageParams.some((name) => params.has(name));
  return route.interaction === 'search-type' && (scope === 'search' || isPage);
}
