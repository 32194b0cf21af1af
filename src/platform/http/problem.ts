import { HttpException } from '@nestjs/common';
import { Fault, type FaultKind, type FieldFault } from '../errors/fault.js';

/** RFC 9457 problem details, with our code and the request id. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  request_id: string;
  retryable: boolean;
  errors?: FieldFault[];
}

const STATUS: Record<FaultKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  gone: 410,
  conflict: 409,
  'precondition-failed': 412,
  'precondition-required': 428,
  'too-large': 413,
  unsupported: 415,
  unprocessable: 422,
  limited: 429,
  remote: 502,
  unavailable: 503,
  unexpected: 500,
};

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  428: 'If-Match is required',
  429: 'Too many requests',
  502: 'The other system failed',
  503: 'Unavailable',
};

/** Any failure as a Fault: what the framework refuses keeps its status, all else is unexpected. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const status = statusOf(error);
  const kind = kindOf(status);
  if (kind === 'unexpected') {
    return new Fault(
      {
        code: 'unexpected',
        kind,
        words: 'Something failed that should not. Give the request id to your administrator.',
        severity: 'error',
      },
      { cause: error },
    );
  }
  return new Fault(
    { code: `http.${status}`, kind, words: `${TITLES[status] ?? 'Refused'}.` },
    { cause: error },
  );
}

export function problemOf(fault: Fault, requestId: string): Problem {
  const status = STATUS[fault.kind];
  return {
    type: 'about:blank',
    title: TITLES[status] ?? 'Unexpected failure',
    status,
    code: fault.code,
    detail: fault.words,
    request_id: requestId,
    retryable: fault.retryable,
    ...(fault.fields.length > 0 ? { errors: [...fault.fields] } : {}),
  };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}

function kindOf(status: number): FaultKind {
  const found = Object.entries(STATUS).find(([, known]) => known === status);
  if (found) return found[0] as FaultKind;
  return status >= 400 && status < 500 ? 'invalid' : 'unexpected';
}
