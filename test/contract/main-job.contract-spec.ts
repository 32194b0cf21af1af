import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { en } from '../../src/care/scheduling/domain/words/en.js';
import { es } from '../../src/care/scheduling/domain/words/es.js';
import { ml } from '../../src/care/scheduling/domain/words/ml.js';
import type { Words } from '../../src/care/scheduling/domain/words/words.js';
import type { VendorName } from '../../src/sandbox/run/vendors.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 240_000;

interface Step {
  name: string;
  ok: boolean;
  reason?: string;
  figures: Record<string, Record<string, unknown>>;
}

type Kind = 'confirm' | 'cancel';
/** In the languages of the two hospitals: what the patient reads when it is done, and when the desk is to do it. */
const told = (name: keyof Words) => [en, es, ml].map((words) => words[name]);
const DONE = { confirm: told('confirmed'), cancel: told('cancelled') };
const PASSED = { confirm: told('confirmationPassed'), cancel: told('cancellationPassed') };

/**
 * What a vendor's EHR allows at most, as fhir-connector.md section 2 has it: a stand-in that allows more is no proof.
 * `takes`: what a tap changes in the EHR; everything else is a work item, and the patient reads "Request received".
 */
const ALLOWED: Record<VendorName, { level: string; carrier: string; takes: Kind[]; copy: string }> = {
  open: { level: 'L3', carrier: 'B', takes: ['confirm', 'cancel'], copy: 'ehr' },
  hapi: { level: 'L2', carrier: 'B', takes: ['confirm', 'cancel'], copy: 'ehr' },
  epic: { level: 'L0', carrier: 'B', takes: [], copy: 'ehr' },
  oracle: { level: 'L1', carrier: 'C', takes: ['cancel'], copy: 'ehr' },
  athena: { level: 'L0', carrier: 'F', takes: [], copy: 'carethread' },
  healthlake: { level: 'L2', carrier: 'B', takes: ['confirm', 'cancel'], copy: 'ehr' },
};

/** `npm start -- --once --json`, with the two hospitals' EHRs of these vendors. */
async function mainJobWith(stMarys: VendorName, harbour: VendorName): Promise<Step[]> {
  const args = ['--once', '--json', '--ehr', `st-marys=${stMarys}`, '--ehr', `harbour=${harbour}`];
  const child = spawn(process.execPath, ['dist/src/sandbox/start.js', ...args], { cwd: ROOT });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  if (said.stdout === '') throw new Error(`it said nothing; stderr: ${said.stderr.slice(-2_000)}`);
  return (JSON.parse(said.stdout) as { steps: Step[] }).steps;
}

const PAIRS = [
  ['oracle', 'athena'],
  ['open', 'epic'],
  ['healthlake', 'hapi'],
] as const;
const played = new Map<string, Step[]>();

/** Two at a time: each waits as long as it works. */
beforeAll(async () => {
  const waiting: (readonly [VendorName, VendorName])[] = [...PAIRS];
  const lane = async (): Promise<void> => {
    for (let pair = waiting.shift(); pair !== undefined; pair = waiting.shift())
      played.set(pair.join(), await mainJobWith(...pair));
  };
  await Promise.all([lane(), lane()]);
}, LIMIT_MS);

describe.each(PAIRS)('the main job with EHRs like those of %s and %s', (stMarys, harbour) => {
  const steps = (): Step[] => played.get([stMarys, harbour].join())!;

  it('ends well', () => {
    expect(
      steps()
        .filter(({ ok }) => !ok)
        .map(({ name, reason }) => `${name}: ${reason}`),
    ).toEqual([]);
  });

  it.each([
    ['st-marys', stMarys],
    ['harbour', harbour],
  ] as const)('at the level that the EHR of %s allows (%s)', (slug, vendor) => {
    const figuresOf = (step: string) => steps().find(({ name }) => name === step)!.figures[slug]!;
    const { level, carrier, takes, copy } = ALLOWED[vendor];

    expect(figuresOf('sync')).toMatchObject({ appointment_write: level, summary_carrier: carrier });
    for (const kind of ['confirm', 'cancel'] as const) {
      const ehr_changed = takes.includes(kind);
      const work_items = ehr_changed ? 0 : 1;
      expect([kind, figuresOf(kind)]).toEqual([kind, expect.objectContaining({ ehr_changed, work_items })]);
      expect((ehr_changed ? DONE : PASSED)[kind]).toContain(figuresOf(kind)['reply']);
    }
    const communications = figuresOf('summarise')['communications'] as number;
    expect([vendor, communications > 0]).toEqual([vendor, vendor !== 'athena']);
    // By POST /v1/summaries/{id}/open, whole, from the EHR's copy or where it has none from ours.
    expect(figuresOf('read')).toMatchObject({ copy, opened: expect.any(Number) as number });
    expect(figuresOf('read')['opened']).toBeGreaterThan(0);
  });
});
