import { isClassName, isCode } from './fields.js';

/** What a log says of an error. Never its message, which may carry a value. */
export interface ErrorFacts {
  class: string;
  code?: string;
  constraint?: string;
  frames?: string[];
  cause?: ErrorFacts;
  /** Of an AggregateError. */
  errors?: ErrorFacts[];
}

const MAX_FRAMES = 8;
/** Causes may form a ring, and an AggregateError hold thousands. */
const MAX_ERRORS = 12;
const MAX_MEMBERS = 5;

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
/** The place alone: a function's name can be made of data. */
const FRAME =
  /^ {4}at (?:.* )?\(?(?:file:\/\/)?(?:\/[^\s():]*?\/)?((?:dist|src|test|migrations|node_modules)\/[\w./@+-]+|node:[\w./-]+):(\d+):(\d+)\)?$/;

/** Class, code, constraint and stack frames of an error, of its causes and of its members. Never throws. */
export function factsOf(error: unknown, budget = { left: MAX_ERRORS }): ErrorFacts {
  budget.left--;
  if (!(error instanceof Error)) return { class: typeof error };
  const { name, code, constraint, cause, errors } = readOf(error);
  const facts: ErrorFacts = {
    class: isClassName(name) ? (name as string) : 'Error',
    frames: framesOf(error),
  };
  if (isCode(code)) facts.code = code as string;
  if (isConstraint(constraint)) facts.constraint = constraint;
  return Object.assign(facts, factsOfOthers({ cause, errors }, budget));
}

function factsOfOthers(
  { cause, errors }: Read,
  budget: { left: number },
): Pick<ErrorFacts, 'cause' | 'errors'> {
  const others: Pick<ErrorFacts, 'cause' | 'errors'> = {};
  if (cause !== undefined && budget.left > 0) others.cause = factsOf(cause, budget);
  for (const member of membersOf(errors)) {
    if (budget.left > 0) (others.errors ??= []).push(factsOf(member, budget));
  }
  return others;
}

function isConstraint(name: unknown): name is string {
  return typeof name === 'string' && IDENTIFIER.test(name);
}

function membersOf(errors: unknown): unknown[] {
  return Array.isArray(errors) ? errors.slice(0, MAX_MEMBERS) : [];
}

interface Read {
  name?: unknown;
  code?: unknown;
  constraint?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/** A getter of a foreign error may throw; the log line is written all the same. */
function readOf(error: Error): Read {
  try {
    const { code, constraint, cause } = error as Error & Read;
    const errors = error instanceof AggregateError ? error.errors : undefined;
    return { name: error.constructor.name, code, constraint, cause, errors };
  } catch {
    return {};
  }
}

function framesOf(error: Error): string[] {
  const places = stackWithoutMessage(error)
    .split('\n')
    .flatMap((line) => {
      const [, place, row, column] = FRAME.exec(line) ?? [];
      return place ? [`${place}:${row}:${column}`] : [];
    });
  return places.slice(0, MAX_FRAMES);
}

/** The stack repeats the message first, and a message may have lines that look like frames. */
function stackWithoutMessage(error: Error): string {
  try {
    const { stack, message } = error;
    if (typeof stack !== 'string' || typeof message !== 'string') return '';
    const at = stack.indexOf(message);
    return at < 0 ? stack : stack.slice(at + message.length);
  } catch {
    return '';
  }
}
