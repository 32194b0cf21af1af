import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { VendorName } from '../../src/sandbox/run/vendors.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 240_000;

interface Step {
  name: string;
  ok: boolean;
  reason?: string;
  figures: Record<string, Record<string, unknown>>;
}

/** What a vendor's EHR allows at most, as fhir-connector.md section 2 has it: a stand-in that allows more is no proof. */
const ALLOWED: Record<VendorName, { level: string; carrier: string }> = {
  open: { level: 'L3', carrier: 'B' },
  hapi: { level: 'L2', carrier: 'B' },
  epic: { level: 'L0', carrier: 'B' },
  oracle: { level: 'L1', carrier: 'C' },
  athena: { level: 'L0', carrier: 'F' },
  healthlake: { level: 'L2', carrier: 'B' },
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

describe.each([
  ['oracle', 'athena'],
  ['open', 'epic'],
  ['healthlake', 'hapi'],
] as const)('the main job with EHRs like those of %s and %s', (stMarys, harbour) => {
  let steps: Step[];

  beforeAll(async () => {
    steps = await mainJobWith(stMarys, harbour);
  }, LIMIT_MS);

  it('ends well', () => {
    expect(steps.filter(({ ok }) => !ok).map(({ name, reason }) => `${name}: ${reason}`)).toEqual([]);
  });

  it.each([
    ['st-marys', stMarys],
    ['harbour', harbour],
  ] as const)('at the level that the EHR of %s allows (%s)', (slug, vendor) => {
    const figuresOf = (step: string) => steps.find(({ name }) => name === step)!.figures[slug]!;
    const { level, carrier } = ALLOWED[vendor];

    expect(figuresOf('sync')).toMatchObject({ appointment_write: level, summary_carrier: carrier });
    const takes = { confirm: level > 'L1', cancel: level > 'L0' };
    for (const kind of ['confirm', 'cancel'] as const) {
      const work_items = takes[kind] ? 0 : 1;
      expect([kind, figuresOf(kind)]).toEqual([
        kind,
        expect.objectContaining({ ehr_changed: takes[kind], work_items }),
      ]);
    }
    const communications = figuresOf('summarise')['communications'] as number;
    expect(communications > 0).toBe(carrier !== 'F');
    expect(figuresOf('read')['opened']).toBeGreaterThan(0);
  });
});
