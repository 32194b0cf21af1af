import type { Answer } from '../http.js';
import { httpStatusOf, titleOf } from './error-catalogue.js';

interface More {
  subcode?: number;
  status?: number;
  message?: string;
  type?: string;
  headers?: Record<string, string>;
}

/** A refusal in Meta's words: `code` and `details` are what a client may branch on. */
export class GraphError extends Error {
  constructor(
    readonly code: number,
    readonly details?: string,
    readonly more: More = {},
  ) {
    super(more.message ?? `(#${code}) ${code === 100 && details ? details : titleOf(code)}`);
  }
}

export const unknownObject = (id: string, method: string): GraphError =>
  new GraphError(100, undefined, {
    subcode: 33,
    type: 'GraphMethodException',
    message: `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
  });

export const invalidToken = (): GraphError =>
  new GraphError(190, undefined, { message: 'Invalid OAuth access token - Cannot parse access token' });

export const unknownPath = (path: string[]): GraphError =>
  new GraphError(2500, undefined, { message: `Unknown path components: /${path.join('/')}` });

export function errorAnswer(error: GraphError, trace: string): Answer {
  const { subcode, status, type = 'OAuthException', headers } = error.more;
  const body = {
    error: {
      message: error.message,
      type,
      code: error.code,
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      ...(error.details === undefined
        ? {}
        : { error_data: { messaging_product: 'whatsapp', details: error.details } }),
      fbtrace_id: trace,
    },
  };
  return { status: status ?? httpStatusOf(error.code), body, headers };
}
