/** What a control route answers; `{ error }` says why not. */
export interface ControlReply {
  status: number;
  body: unknown;
}

export interface ControlRequest {
  params: URLSearchParams;
  body: unknown;
  /** The parts of the path that the route names. */
  path: string[];
}

export const ok = (body: unknown): ControlReply => ({ status: 200, body });
export const badRequest = (error: string): ControlReply => ({ status: 400, body: { error } });
export const notFound = (error: string): ControlReply => ({ status: 404, body: { error } });
