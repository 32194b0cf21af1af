/** Every field that a log line may carry. Ids, codes, counts and times: nothing that a person wrote. */
export interface LogFields {
  organization_id?: string;
  request_id?: string;
  correlation_id?: string;
  id?: string;
  code?: string;
  reason?: string;
  task?: string;
  loop?: string;
  route?: string;
  method?: string;
  status?: number;
  count?: number;
  attempt?: number;
  duration_ms?: number;
  port?: number;
  role?: string;
  source?: string;
}

type Shape = (value: unknown) => boolean;

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** A UUID, a request's, or the id as people outside see it. */
const ID = new RegExp(`^(?:${UUID}|req_${UUID}|[a-z]{2,4}_[0-9a-z]{26})$`);
const CODE = /^[a-z0-9._-]{1,80}$/;
/** As Node, undici and PostgreSQL write theirs: ECONNREFUSED, UND_ERR_SOCKET, 57P01. */
const FOREIGN_CODE = /^[A-Z0-9_]{1,60}$/;
const EVENT = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+){1,4}$/;
const TASK = /^[a-z][A-Za-z0-9.-]{0,78}(?:@\d{1,3})?$/;
const ROUTE = /^\/[\w/.:*{}-]{0,200}$/;
const CLASS = /^[A-Za-z_$][\w$]{0,60}$/;
/** Meta's longest error code has seven digits, the shortest telephone number in use more. */
const NUMBER_OF_A_PERSON = /\d{8}/;

const text =
  (...patterns: RegExp[]): Shape =>
  (value) =>
    typeof value === 'string' && patterns.some((pattern) => pattern.test(value));
const word =
  (...patterns: RegExp[]): Shape =>
  (value) =>
    text(...patterns)(value) && !NUMBER_OF_A_PERSON.test(value as string);
const upTo =
  (most: number): Shape =>
  (value) =>
    typeof value === 'number' && value >= 0 && value <= most;
const oneOf =
  (...values: string[]): Shape =>
  (value) =>
    values.includes(value as string);

export const isCode = word(CODE, FOREIGN_CODE);
export const isClassName = word(CLASS);
export const isEventName = word(EVENT);

const DAY_MS = 86_400_000;

const SHAPES: Record<keyof LogFields, Shape> = {
  organization_id: text(ID),
  request_id: text(ID),
  correlation_id: text(ID),
  id: text(ID),
  code: isCode,
  reason: isCode,
  task: word(TASK),
  loop: word(CODE),
  route: word(ROUTE),
  method: oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
  status: upTo(999),
  count: upTo(9_999_999),
  attempt: upTo(9_999),
  duration_ms: upTo(DAY_MS),
  port: upTo(65_535),
  role: oneOf('all', 'web', 'worker'),
  source: isClassName,
};

/**
 * What may be written of these fields. The types say the same to an honest caller; a cast, a row or a foreign error's
 * code gets by them, so each value is looked at too. `dropped` counts what was left out.
 */
export function allowed(fields: LogFields): { fields: LogFields; dropped: number } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const kept = given.filter(
    ([name, value]) => Object.hasOwn(SHAPES, name) && SHAPES[name as keyof LogFields](value),
  );
  return { fields: Object.fromEntries(kept), dropped: given.length - kept.length };
}
