import type { Appointment } from 'fhir/r4.js';
import type { SortedRows } from '../domain/incoming.js';
import { Gathering } from './gathering.js';
import type { Intake, Met } from './intake.js';
import type { SyncRun } from './sync-run.js';
import { noFigures } from '../domain/figures.js';

const NOTHING = {
  changed: { Patient: 0, Practitioner: 0, Location: 0, Appointment: 0 },
  bad: [],
  visits: [],
};

/** Keeps what it stores, a moment later as a database would, and tells what it knew when rows came. */
class SlowIntake {
  readonly stored = new Set<string>();
  readonly knownWhenMet: string[][] = [];

  meet(_ctx: unknown, _connected: unknown, { rows, bad }: SortedRows): Promise<Met> {
    this.knownWhenMet.push([...this.stored]);
    return Promise.resolve({ rows, bad, taken: { ...NOTHING, ignored: 0, older: 0, postponed: 0 } });
  }

  async store(_ctx: unknown, _connected: unknown, { rows, taken }: Met): Promise<Met['taken']> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const { fhirId, versionId } of rows) this.stored.add(`${fhirId}/${versionId}`);
    return taken;
  }
}

function visit(id: string, versionId: string): Appointment {
  return {
    resourceType: 'Appointment',
    id,
    meta: { versionId, lastUpdated: `2026-11-23T06:00:0${versionId}Z` },
    status: 'booked',
    start: '2026-11-30T09:00:00Z',
    participant: [{ actor: { reference: 'Patient/1' }, status: 'accepted' }],
  };
}

/** Of an EHR without includes: each page is a batch of its own. */
function aRun(): SyncRun {
  return {
    connected: { connection: { baseUrl: 'http://ehr.example/fhir', alternateBaseUrls: [] } },
    capabilities: { includes: [] },
    figures: noFigures('window-scan', 'all'),
    visits: new Map(),
    companions: new Map(),
    drift: null,
    startedAt: null,
    steady: { paged: false, changed: false },
    bad: new Set(),
    keep: () => Promise.resolve(),
  } as unknown as SyncRun;
}

describe('what the pages of a sync bring', () => {
  it('is looked at while the page before is still being stored', async () => {
    const intake = new SlowIntake();
    const gathering = new Gathering(aRun(), intake as unknown as Intake);
    await gathering.add([visit('a', '1')]);
    await gathering.add([visit('b', '1')]);
    await gathering.end();
    expect(intake.knownWhenMet[1]).toEqual([]);
    expect([...intake.stored]).toEqual(['a/1', 'b/1']);
  });

  it('is compared with its older version only when that one is stored', async () => {
    const intake = new SlowIntake();
    const gathering = new Gathering(aRun(), intake as unknown as Intake);
    await gathering.add([visit('a', '1')]);
    await gathering.add([visit('a', '2')]);
    await gathering.end();
    expect(intake.knownWhenMet[1]).toEqual(['a/1']);
    expect([...intake.stored]).toEqual(['a/1', 'a/2']);
  });

  it('is taken once when a later page shows the same again', async () => {
    const run = aRun();
    const gathering = new Gathering(run, new SlowIntake() as unknown as Intake);
    await gathering.add([visit('a', '1')]);
    await gathering.add([visit('a', '1'), visit('b', '1')]);
    await gathering.end();
    expect(run.figures.rows).toBe(2);
  });
});
