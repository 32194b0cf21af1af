import { parseArgs } from 'node:util';

/** Somebody who takes part: measured once in each round. */
export interface Contestant {
  name: string;
  /** A rate: more is better. */
  measure(): Promise<number>;
}

export interface BenchReport {
  name: string;
  /** The median of ours over the median of the reference, in the same run. */
  ratio: number;
  /** What `ratio` compares with, in words. */
  reference: string;
  figures: Record<string, unknown>;
  runs: number;
}

/** Three rounds, so that a median exists; more by `--runs`. */
const RUNS = 3;

export function benchOptions(argv = process.argv.slice(2)): { json: boolean; runs: number } {
  const { values } = parseArgs({
    args: argv,
    options: { json: { type: 'boolean' }, runs: { type: 'string' } },
  });
  const runs = Number(values.runs ?? RUNS);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs must be a whole number from 1 up');
  return { json: values.json ?? false, runs };
}

/**
 * Measures every contestant once per round, the first one another each time: whoever runs first meets a colder
 * machine, and a machine's speed drifts.
 */
export async function takeTurns(contestants: Contestant[], rounds: number): Promise<Map<string, number[]>> {
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      say(`round ${round + 1} of ${rounds}: ${contestant.name} …`);
      const rate = await contestant.measure();
      rates.get(contestant.name)!.push(rate);
      say(`round ${round + 1} of ${rounds}: ${contestant.name} ${Math.round(rate).toLocaleString('en')}/s`);
    }
  }
  return rates;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Progress, for the person who waits. */
export function say(words: string): void {
  process.stderr.write(`${words}\n`);
}

/** One JSON document on stdout, or the same for people. */
export function print(report: BenchReport, json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify(report)}\n`);
  const lines = Object.entries(report.figures).map(([name, value]) => `  ${name.padEnd(34)} ${show(value)}`);
  process.stdout.write(
    `${report.name}: ${report.ratio.toFixed(2)} of ${report.reference} (median of ${report.runs})\n${lines.join('\n')}\n`,
  );
}

function show(value: unknown): string {
  return typeof value === 'number'
    ? value.toLocaleString('en', { maximumFractionDigits: 2 })
    : JSON.stringify(value);
}
