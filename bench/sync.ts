import { benchOptions, median, print, say, takeTurns } from './support/bench.js';
import { startProgram } from './support/program.js';
import type { Asked, StubQuestion } from './sync/ehr-stub.js';
import { USUAL } from './sync/hospital.js';
import { measureLarge } from './sync/large.js';
import type { ReadQuestion } from './sync/read-only.js';
import { Product } from './sync/product.js';

const MEGABYTE = 1_000_000;

type Medians = [ours: number, whole: number, parsed: number, json: number, bytes: number];

const VISITS = USUAL.visits;
const options = benchOptions();
const { runs } = options;
const stub = startProgram('sync/ehr-stub.ts', null);
const reference = startProgram('sync/read-only.ts', null);
const askStub = <Reply>(question: StubQuestion): Promise<Reply> => stub.ask(question);
// Two hospitals for each round, and two more: the first ones warm everything up and are not counted.
const slugs = Array.from({ length: 2 * (runs + 1) }, (_, index) => `hospital-${index}`);
let product = await Product.start('web', slugs);

try {
  const stubUrl = await askStub<string>({ ask: 'address' });
  const baseUrlOf = (slug: string): string => `${stubUrl}/${slug}/fhir`;
  const unchanged: number[] = [];
  const memory: number[] = [];
  let pages: string[] = [];
  let done = 0;

  const first = async (slug: string): Promise<number> => {
    await askStub({ ask: 'forget', hospital: slug });
    const { finishedAt, peakRss } = await product.sync(await product.connect(slug, baseUrlOf(slug)));
    memory.push(peakRss / MEGABYTE);
    return ratePerSecond(slug, finishedAt);
  };
  const again = async (slug: string): Promise<number> => {
    await askStub({ ask: 'forget', hospital: slug });
    const { finishedAt, peakRss } = await product.sweepAgain(await product.connection(slug));
    memory.push(peakRss / MEGABYTE);
    return ratePerSecond(slug, finishedAt);
  };
  const ratePerSecond = async (slug: string, finishedAt: number): Promise<number> => {
    const asked = await askStub<Asked>({ ask: 'asked', hospital: slug });
    pages = asked.pages;
    return perSecond(finishedAt - asked.firstPageAt!);
  };
  /** 10,000 new visits of people whom the product knows. */
  const sync = async (): Promise<number> => {
    const slug = slugs[done++]!;
    await first(slug);
    await askStub({ ask: 'open', hospital: slug });
    const rate = await again(slug);
    unchanged.push(await again(slug));
    await product.assertRows(done);
    return rate;
  };
  /** The same where the product knows nobody yet. */
  const firstSync = async (): Promise<number> => {
    const slug = slugs[done++]!;
    await askStub({ ask: 'open', hospital: slug });
    const rate = await first(slug);
    await product.assertRows(done);
    return rate;
  };
  const read = async (how: ReadQuestion['how']): Promise<number> => {
    const question: ReadQuestion = { how, baseUrl: baseUrlOf('reference'), pages };
    return perSecond(await reference.ask<number>(question));
  };

  say('warming up …');
  await askStub({ ask: 'open', hospital: 'reference' });
  await sync();
  await firstSync();
  await read('rows');
  unchanged.splice(0);
  memory.splice(0);

  const rates = await takeTurns(
    [
      { name: 'sync', measure: sync },
      { name: 'first sync', measure: firstSync },
      { name: 'parse without database', measure: () => read('rows') },
      { name: 'JSON alone', measure: () => read('json') },
      { name: 'stub alone', measure: () => read('bytes') },
    ],
    runs,
  );
  const [ours, whole, parsed, json, bytes] = [...rates.values()].map(median) as number[] as Medians;
  const pagesRead = pages.length;
  await product.close();
  const large = await measureLarge({ url: stubUrl, ask: askStub });
  const perRow = large.newVisitsMs / large.appointments;
  say('once more, in a product that plans reminders meanwhile …');
  product = await Product.start('all', ['busy']);
  await askStub({ ask: 'open', hospital: 'busy' });
  const busy = await first('busy');
  await product.assertRows(1);
  print(
    {
      name: 'sync',
      ratio: ours / parsed,
      reference: 'fetching, parsing, checking and reading the same pages without keys, hashes and a database',
      figures: {
        appointments: VISITS,
        pages: pagesRead,
        rows_per_second: Math.round(ours),
        reference_rows_per_second: Math.round(parsed),
        json_alone_rows_per_second: Math.round(json),
        ratio_to_json_alone: ours / json,
        first_sync_rows_per_second: Math.round(whole),
        first_sync_ratio: whole / parsed,
        unchanged_rows_per_second: Math.round(median(unchanged)),
        rows_per_second_while_planning: Math.round(busy),
        peak_rss_megabytes: Math.round(Math.max(...memory)),
        large: {
          appointments: large.appointments,
          rows_per_second: Math.round(1_000 / perRow),
          first_load_rows_per_second: Math.round((large.appointments / large.firstLoadMs) * 1_000),
          unchanged_rows_per_second: Math.round((large.appointments / large.unchangedMs) * 1_000),
          rss_before_megabytes: Math.round(large.rssBeforeMegabytes),
        },
        growth: (perRow * ours) / 1_000,
        rss_growth_mb: Math.round(large.rssGrowthMegabytes),
        rescan: large.unchangedMs / large.firstLoadMs,
        rescan_to_new_visits: large.unchangedMs / large.newVisitsMs,
        rescan_rows_written: large.written,
        rescan_bookkeeping: large.bookkeeping,
        generator_rows_per_second: Math.round(bytes),
        generator_bound: bytes < 2 * ours,
        rounds: Object.fromEntries([...rates].map(([name, each]) => [name, each.map(Math.round)])),
      },
      runs,
    },
    options.json,
  );
} finally {
  await stub.stop();
  await reference.stop();
  await product.close();
}

function perSecond(ms: number): number {
  return VISITS / (ms / 1_000);
}
