import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Appointment, Bundle, BundleEntry } from 'fhir/r4.js';

const PAGE = 10;

export type MovingEhr = Awaited<ReturnType<typeof startMovingEhr>>;

/**
 * Stands before the stand-in and pages as many servers do: each page is a search of its own, sorted by the last change,
 * from an offset on. What changes while pages are read moves to the end, and rows behind it slip past the reader.
 */
export async function startMovingEhr(standInUrl: string) {
  const state = {
    pages: 0,
    beforePage: (_page: number): Promise<void> | void => undefined,
    /** Answers 503 from this page on. */
    diesAt: Infinity,
    /** Stored already, and not to be found by a search yet: `Appointment/1`. */
    hidden: new Set<string>(),
  };

  async function upstream<T>(path: string): Promise<{ status: number; body: T; date: string | null }> {
    const answer = await fetch(`${standInUrl}${path}`, { headers: { 'cache-control': 'no-cache' } });
    return { status: answer.status, body: (await answer.json()) as T, date: answer.headers.get('date') };
  }

  async function everything(
    path: string,
    query: URLSearchParams,
  ): Promise<{ rows: BundleEntry[]; date: string | null }> {
    const rows: BundleEntry[] = [];
    let next: string | undefined = `${path}?${query}`;
    let date: string | null = null;
    while (next) {
      const answer: { body: Bundle; date: string | null } = await upstream<Bundle>(next);
      rows.push(...(answer.body.entry ?? []));
      date ??= answer.date;
      const url: string | undefined = answer.body.link?.find(({ relation }) => relation === 'next')?.url;
      next = url && new URL(url).pathname + new URL(url).search;
    }
    return { rows, date };
  }

  async function page(
    path: string,
    query: URLSearchParams,
  ): Promise<{ status: number; body: unknown; date: string | null }> {
    state.pages++;
    if (state.pages >= state.diesAt) return { status: 503, body: {}, date: null };
    await state.beforePage(state.pages);
    const offset = Number(query.get('_offset') ?? 0);
    query.delete('_offset');
    query.set('_count', '100');
    const { rows, date } = await everything(path, query);
    const isMatch = ({ resource }: BundleEntry): boolean => resource?.resourceType === 'Appointment';
    const found = rows
      .filter((entry) => isMatch(entry) && !state.hidden.has(`Appointment/${entry.resource!.id}`))
      .sort((a, b) => (stampOf(a) === stampOf(b) ? 0 : stampOf(a) < stampOf(b) ? -1 : 1));
    const slice = found.slice(offset, offset + PAGE);
    const named = new Set(
      slice.flatMap(({ resource }) =>
        (resource as Appointment).participant?.map(({ actor }) => actor?.reference),
      ),
    );
    const others = rows.filter(
      (entry) => !isMatch(entry) && named.has(`${entry.resource!.resourceType}/${entry.resource!.id}`),
    );
    const next = new URLSearchParams(query);
    next.set('_offset', String(offset + PAGE));
    const more = offset + PAGE < found.length;
    const link = more ? [{ relation: 'next', url: `Appointment?${next}` }] : [];
    return {
      status: 200,
      body: { resourceType: 'Bundle', type: 'searchset', link, entry: [...slice, ...others] },
      date,
    };
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url!, 'http://moving');
    const isSearch = url.pathname.endsWith('/Appointment') && url.searchParams.get('_count') !== '1';
    const { status, body, date } = isSearch
      ? await page(url.pathname, url.searchParams)
      : await upstream(url.pathname + url.search);
    res.sendDate = false;
    if (date) res.setHeader('date', date);
    res.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
  }

  const server = createServer((req, res) => void handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** From the next page on, which is the first. */
    script: (changes: Partial<Pick<typeof state, 'beforePage' | 'diesAt'>> = {}): void => {
      Object.assign(state, { pages: 0, diesAt: Infinity, beforePage: () => undefined }, changes);
    },
    /** So many since then. */
    pages: (): number => state.pages,
    hidden: state.hidden,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function stampOf({ resource }: BundleEntry): string {
  return resource?.meta?.lastUpdated ?? '';
}
