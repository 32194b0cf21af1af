import { say } from '../support/bench.js';
import type { Asked, StubQuestion } from './ehr-stub.js';
import { LARGE } from './hospital.js';
import { type Connected, Product, type Synced } from './product.js';

const MEGABYTE = 1_000_000;
/** Notes of the sync itself: how far it is, whose turn it is. */
const BOOKKEEPING = ['fhir.scan_unit', 'fhir.sync', 'platform.clock'];

export interface LargeFigures {
  appointments: number;
  /** Milliseconds from the first page to the end. */
  firstLoadMs: number;
  newVisitsMs: number;
  unchangedMs: number;
  rssBeforeMegabytes: number;
  rssGrowthMegabytes: number;
  /** Rows written by the unchanged night, its own bookkeeping aside. */
  written: Record<string, number>;
  bookkeeping: number;
}

interface Stub {
  url: string;
  ask<Reply>(question: StubQuestion): Promise<Reply>;
}

/** A hospital of 100,000 visits, in a product that has done nothing before. */
export async function measureLarge(stub: Stub): Promise<LargeFigures> {
  const product = await Product.start('web', ['large-0', 'large-1', 'large-2']);
  const baseUrlOf = (slug: string): string => `${stub.url}/${slug}/fhir`;
  const timed = async (slug: string, sync: () => Promise<Synced>): Promise<Synced & { ms: number }> => {
    await stub.ask({ ask: 'forget', hospital: slug });
    const synced = await sync();
    const { firstPageAt } = await stub.ask<Asked>({ ask: 'asked', hospital: slug });
    return { ...synced, ms: synced.finishedAt - firstPageAt! };
  };
  const first = (slug: string) =>
    timed(slug, async () => product.sync(await product.connect(slug, baseUrlOf(slug))));
  const again = (connected: Connected) => timed(connected.slug, () => product.sweepAgain(connected));
  try {
    say('100,000 visits: first load, memory …');
    const before = product.rss();
    await stub.ask({ ask: 'open', hospital: 'large-0' });
    const { peakRss } = await first('large-0');

    say('100,000 visits: first load …');
    await stub.ask({ ask: 'open', hospital: 'large-1' });
    const load = await first('large-1');

    say('100,000 visits: the same, a night later …');
    await product.passADay();
    const writtenBefore = await product.written();
    const unchanged = await again(await product.connection('large-1'));
    const written = difference(await product.written(), writtenBefore);

    say('100,000 visits: new visits of people who are known …');
    await first('large-2');
    await stub.ask({ ask: 'open', hospital: 'large-2' });
    const news = await again(await product.connection('large-2'));
    await product.assertRows(3, LARGE);
    return {
      appointments: LARGE.visits,
      firstLoadMs: load.ms,
      newVisitsMs: news.ms,
      unchangedMs: unchanged.ms,
      rssBeforeMegabytes: before / MEGABYTE,
      rssGrowthMegabytes: (peakRss - before) / MEGABYTE,
      written: Object.fromEntries([...written].filter(([table]) => !BOOKKEEPING.includes(table))),
      bookkeeping: BOOKKEEPING.reduce((sum, table) => sum + (written.get(table) ?? 0), 0),
    };
  } finally {
    await product.close();
  }
}

function difference(after: Map<string, number>, before: Map<string, number>): Map<string, number> {
  const more = [...after].map(([table, n]) => [table, n - (before.get(table) ?? 0)] as const);
  return new Map(more.filter(([, n]) => n > 0));
}
