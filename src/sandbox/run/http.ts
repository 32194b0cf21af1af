/** A JSON answer that was not a success. */
export class HttpFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    where: string,
  ) {
    super(`${where} answered ${status} ${code}`);
  }
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
}

/** One JSON call. Throws HttpFailure for anything but 2xx. */
export async function call<T>(base: string, path: string, options: Call = {}): Promise<T> {
  const method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
  const response = await fetch(new URL(path, base), {
    method,
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
  });
  const text = await response.text();
  const json: unknown = text ? JSON.parse(text) : undefined;
  if (response.ok) return json as T;
  const { code = '' } = (json ?? {}) as { code?: string };
  throw new HttpFailure(response.status, code, `${method} ${path.split('?')[0]}`);
}
