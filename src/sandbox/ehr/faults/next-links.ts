import type { Bundle } from 'fhir/r4.js';
import type { Exchange } from '../fhir/exchange.js';
import type { Answer } from '../fhir/request.js';
import type { Effect } from './effect.js';
import type { Fault, FaultName } from './fault-book.js';

/** Nothing listens there: a client that follows it is caught, and none of its headers leave the machine. */
export const FOREIGN_ORIGIN = 'http://127.0.0.2:9';
const DEFAULT_PAGES = 10_000;

/** Faults in where a searchset says that it goes on. */
export const nextLinks = {
  'foreign-next': (exchange, { origin = FOREIGN_ORIGIN }) => {
    const url = new URL(exchange.url);
    exchange.answerWith(withNext(exchange.answer(), `${origin}${url.pathname}?_page=elsewhere`));
  },
  'outside-next': (exchange) => {
    const url = new URL(exchange.url);
    exchange.answerWith(withNext(exchange.answer(), `${url.origin}/outside${url.pathname}?_page=elsewhere`));
  },
  'alternate-next': (exchange, { origin }) =>
    bend(exchange, (next) => `${origin ?? `http://localhost:${next.port}`}${next.pathname}${next.search}`),
  'relative-next': (exchange) =>
    bend(exchange, (next) => next.href.slice(exchange.raw.base.length).replace(/^\//, '')),
  'loop-next': (exchange) => exchange.answerWith(withNext(exchange.answer(), exchange.url)),
  'many-pages': manyPages,
} satisfies Partial<Record<FaultName, Effect>>;

/** The link that the server gave, written in another way: it works. */
function bend(exchange: Exchange, write: (next: URL) => string): void {
  const answer = exchange.answer();
  const next = (answer.body as Bundle).link?.find(({ relation }) => relation === 'next')?.url;
  exchange.answerWith(next === undefined ? answer : withNext(answer, write(new URL(next))));
}

/** The rows are all on the first page, and each of the others leads to one more. */
function manyPages(exchange: Exchange, { pages = DEFAULT_PAGES }: Fault): void {
  const { params, hospital } = exchange.raw;
  const { pageParam } = hospital.profile.search;
  const place = Number(/^many-(\d+)$/.exec(params.get(pageParam) ?? '')?.[1] ?? 0);
  if (place > 0) params.delete(pageParam);
  const answer = exchange.answer();
  const following = new URL(exchange.url);
  following.searchParams.set(pageParam, `many-${place + 1}`);
  const { entry, ...rest } = answer.body as Bundle;
  const body = { ...rest, ...(place === 0 && entry && { entry }) };
  const last = place + 1 >= pages;
  exchange.answerWith(withNext({ ...answer, body }, last ? undefined : following.href));
}

function withNext(answer: Answer, url: string | undefined): Answer {
  const bundle = answer.body as Bundle;
  if (bundle.resourceType !== 'Bundle') return answer;
  const link = (bundle.link ?? []).filter(({ relation }) => relation !== 'next');
  const next = url === undefined ? [] : [{ relation: 'next', url }];
  return { ...answer, body: { ...bundle, link: [...link, ...next] } };
}
