import type { INestApplicationContext } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { readSetupFile } from '../../../platform/config/setup-file.js';
import type { Settings } from '../../../platform/config/settings.js';
import { INSTALLATION, systemContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { JobsRepository } from '../../../platform/jobs/jobs.repository.js';
import { failureOf } from '../exit-codes.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { jobsOf } from '../verbs/jobs.js';
import { ehrChecks, whatsappChecks } from './channel-checks.js';
import { diskCheck } from './disk-check.js';
import { bad, doubtful, type Finding, good } from './finding.js';
import { keyringChecks } from './keyring-checks.js';
import { sealCheck, workChecks } from './work-checks.js';

type Product = INestApplicationContext;

const MOST_FAILED_JOBS = 1_000;
/** A worker hears of a job at once. */
const JOB_SECONDS = 600;

/** What only the modules can tell. Each check stands alone: what one meets, the next does not suffer from. */
export async function productChecks(
  product: Product,
  { setupFile, dataDir }: Pick<Settings, 'setupFile' | 'dataDir'>,
): Promise<Finding[]> {
  const chosen = await chosenOrganizations(product);
  const own: Chosen = { slug: '(installation)', ctx: systemContext(INSTALLATION, 'cli') };
  const findings = [
    await guarded('setup.file', async () => setupCheck(product, setupFile)),
    await guarded('disk.data', async () => [await diskCheck(dataDir)]),
    await guarded('keyring', () => keyringChecks(product, chosen)),
    await guarded('jobs', () => jobChecks(product, [own, ...chosen])),
    await guarded('audit.unsealed', async () => [await sealCheck(product, own)]),
  ];
  for (const organization of chosen) {
    findings.push(await guarded('ehr', () => ehrChecks(product, organization)));
    findings.push(await guarded('whatsapp', () => whatsappChecks(product, organization)));
    findings.push(await guarded('work', () => workChecks(product, organization)));
  }
  return findings.flat();
}

async function guarded(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const { code, words } = failureOf(error);
    return [bad(check, `It could not be looked at (${code}).`, words.join(' '))];
  }
}

function setupCheck(product: Product, path: string | null): Finding[] {
  if (path === null) return [good('setup.file', 'None is named; the setup is what /v1 says.')];
  const faults = product.get(OrganizationsFacade).checkSetup(readSetupFile(path));
  if (faults.length === 0) return [good('setup.file', `${path} can be applied.`)];
  return faults.map((fault) => bad('setup.file', fault, `Correct it in ${path}.`));
}

async function jobChecks(product: Product, owners: readonly Chosen[]): Promise<Finding[]> {
  const failed = await jobsOf(product, owners, { state: 'failed', limit: MOST_FAILED_JOBS });
  const [transactions, repository] = [product.get(Transactions), product.get(JobsRepository)];
  const overdue = await Promise.all(
    owners.map(({ ctx }) => transactions.run(ctx, (tx) => repository.overdue(tx, JOB_SECONDS))),
  );
  return [
    failedFinding(failed.length),
    overdueFinding({
      jobs: overdue.reduce((sum, { jobs }) => sum + jobs, 0),
      oldestSeconds: Math.max(...overdue.map(({ oldestSeconds }) => oldestSeconds)),
    }),
  ];
}

export function failedFinding(failed: number): Finding {
  if (failed === 0) return good('jobs.failed', 'No job has given up.');
  const remedy =
    'See carethread jobs list --state failed, then carethread jobs retry <id>, or --task <task> for all of one kind.';
  return doubtful('jobs.failed', `${failed} jobs have given up.`, remedy);
}

export function overdueFinding({ jobs, oldestSeconds }: { jobs: number; oldestSeconds: number }): Finding {
  if (jobs === 0) return good('jobs.waiting', 'No job waits for long.');
  return bad(
    'jobs.waiting',
    `${jobs} jobs wait for a worker, the oldest for ${oldestSeconds} s.`,
    'See whether a process with --role=worker or --role=all runs.',
  );
}
