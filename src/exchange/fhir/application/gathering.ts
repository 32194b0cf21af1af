import type { FhirResource } from 'fhir/r4.js';
import { basesOf } from '../domain/connection.js';
import { type SortedRows, sortRows } from '../domain/incoming.js';
import { portionsOf } from '../domain/portions.js';
import { isOlder, type Stamp, stampOf } from '../domain/stamp.js';
import type { Intake, Met } from './intake.js';
import { addTo, type SyncRun } from './sync-run.js';
import { TwoSteps } from './two-steps.js';

/** Some pages share a transaction: a crash repeats these, and each statement is paid for once for all of them. */
const ROWS_AT_ONCE = 500;

/** Takes in what the pages of a sync bring, some pages at once, while the next ones are already fetched and read. */
export class Gathering {
  private gathered: FhirResource[] = [];
  /** Whether a row is among them whose older version may be on its way into the database still. */
  private again = false;
  private readonly steps: TwoSteps<SortedRows, Met>;

  constructor(
    readonly run: SyncRun,
    intake: Intake,
  ) {
    const { ctx, connected } = run;
    // Side by side: what is stored of visits and of who takes part in them never lies in the same rows.
    this.steps = new TwoSteps(
      (rows) => intake.meet(ctx, connected, rows, run),
      async (met) => {
        addTo(run, await intake.store(ctx, connected, met));
        await run.keep();
      },
    );
  }

  /** Resolves when there is room for more. Throws what became of rows before. */
  async add(resources: readonly FhirResource[]): Promise<void> {
    for (const resource of resources) this.note(resource);
    if (this.gathered.length >= rowsAtOnce(this.run)) await this.send();
  }

  /** Resolves when everything is stored; more may come then. */
  async end(): Promise<void> {
    try {
      await this.send();
    } finally {
      await this.steps.end();
    }
  }

  private note(resource: FhirResource): void {
    const { visits, companions, startedAt, steady } = this.run;
    const stamp = stampOf(resource);
    steady.changed ||= startedAt !== null && stamp.lastUpdated !== null && stamp.lastUpdated >= startedAt;
    const sight = sightOf(
      resource.resourceType === 'Appointment' ? visits : companions,
      keyOf(resource),
      stamp,
    );
    if (sight === 'known') return;
    this.again ||= sight === 'newer';
    this.gathered.push(resource);
    this.run.figures.rows++;
  }

  private async send(): Promise<void> {
    // Checked while the database still works on those before.
    const rows = sortRows(this.gathered.splice(0), basesOf(this.run.connected.connection));
    if (this.again) await this.steps.end();
    this.again = false;
    for (const portion of portionsOf(rows, ROWS_AT_ONCE)) await this.steps.put(portion);
  }
}

/** Rows come again on later pages while the EHR is edited, and as companions of many visits: the newest counts. */
function sightOf(seen: Map<string, Stamp>, key: string, stamp: Stamp): 'first' | 'newer' | 'known' {
  const before = seen.get(key);
  const unsaid = stamp.versionId === null && stamp.lastUpdated === null;
  if (before && !unsaid && !isOlder(before, stamp)) return 'known';
  seen.set(key, stamp);
  return before ? 'newer' : 'first';
}

function keyOf({ resourceType, id }: FhirResource): string {
  return `${resourceType}/${id}`;
}

/** Without includes each visit's companions are read one by one: then a page is enough at once for a lease. */
function rowsAtOnce({ capabilities }: SyncRun): number {
  return capabilities.includes.length > 0 ? ROWS_AT_ONCE : 1;
}
