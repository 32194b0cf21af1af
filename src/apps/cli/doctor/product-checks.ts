import type { INestApplicationContext } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { readSetupFile } from '../../../platform/config/setup-file.js';
import { failureOf } from '../exit-codes.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { jobsOf } from '../verbs/jobs.js';
import { keysOf } from '../verbs/keys.js';
import { ehrChecks, whatsappChecks } from './channel-checks.js';
import { bad, doubtful, type Finding, good } from './finding.js';

type Product = INestApplicationContext;

const MOST_FAILED_JOBS = 1_000;

/** What only the modules can tell. Each check stands alone: what one meets, the next does not suffer from. */
export async function productChecks(product: Product, setupFile: string | null): Promise<Finding[]> {
  const chosen = await chosenOrganizations(product);
  const findings = [
    await guarded('setup.file', async () => setupCheck(product, setupFile)),
    await guarded('keyring', () => keyringCheck(product)),
    await guarded('jobs.failed', () => failedJobs(product, chosen)),
  ];
  for (const organization of chosen) {
    findings.push(await guarded('ehr', () => ehrChecks(product, organization)));
    findings.push(await guarded('whatsapp', () => whatsappChecks(product, organization)));
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

async function keyringCheck(product: Product): Promise<Finding[]> {
  const away = (await keysOf(product)).filter(({ state }) => state === 'away');
  if (away.length === 0) return [good('keyring', "Every hospital's keys can be read.")];
  const remedy =
    'Restore the keyring from its backup; without it nothing opens. New hospitals get keys at their first use.';
  return away.map(({ organization }) =>
    bad('keyring', `The keys of ${organization} cannot be read.`, remedy),
  );
}

async function failedJobs(product: Product, chosen: readonly Chosen[]): Promise<Finding[]> {
  const failed = await jobsOf(product, chosen, { state: 'failed', limit: MOST_FAILED_JOBS });
  if (failed.length === 0) return [good('jobs.failed', 'No job has given up.')];
  const remedy = 'See carethread jobs list --state failed, then carethread jobs retry <id>.';
  return [doubtful('jobs.failed', `${failed.length} jobs have given up.`, remedy)];
}
