import type { INestApplicationContext } from '@nestjs/common';
import { INSTALLATION, systemContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import { type JobRow, JobsRepository } from '../../../platform/jobs/jobs.repository.js';
import { UsageFault } from '../exit-codes.js';
import { LIMIT, ORGANIZATION, STATE, TASK } from '../options.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { table } from '../table.js';
import type { Cli, Noun, Options, Outcome } from '../verb.js';

const JOB_ID = /^\d{1,18}$/;

/** Jobs that belong to no hospital. No slug can look like this. */
const OWN_JOBS = '(installation)';

export const jobs: Noun = {
  name: 'jobs',
  says: 'background work that is not done yet',
  verbs: [
    { usage: 'list', says: 'list it, oldest first', options: [ORGANIZATION, STATE, LIMIT], run: list },
    {
      usage: 'retry [id]',
      says: 'give a failed job its attempts back, or all failed jobs of a task',
      options: [ORGANIZATION, TASK],
      run: retry,
    },
  ],
};

export type OrganizationJob = JobRow & { organization: string };

async function list({ installation }: Cli, _args: readonly string[], options: Options): Promise<Outcome> {
  const found = await installation.product(async (product) =>
    jobsOf(product, await jobOwners(product, options.organization), options),
  );
  const rows = found.map((job) => [
    job.id,
    job.organization,
    job.task,
    job.state,
    `${job.attempts}/${job.max_attempts}`,
    job.run_at.toISOString(),
    job.last_error ?? '-',
  ]);
  const lines = table(['ID', 'ORGANIZATION', 'TASK', 'STATE', 'ATTEMPTS', 'NEXT TRY', 'LAST ERROR'], rows);
  return { document: { jobs: found }, lines };
}

/** The hospital of that slug, or all of them and the installation itself. Throws not-found. */
export async function jobOwners(product: INestApplicationContext, slug?: string): Promise<Chosen[]> {
  const chosen = await chosenOrganizations(product, slug);
  if (slug !== undefined) return chosen;
  return [{ slug: OWN_JOBS, ctx: systemContext(INSTALLATION, 'cli') }, ...chosen];
}

/** The jobs of each of these, at most `limit` of each. */
export async function jobsOf(
  product: INestApplicationContext,
  owners: readonly Chosen[],
  { state, limit = 1 }: Options,
): Promise<OrganizationJob[]> {
  const [transactions, repository] = [product.get(Transactions), product.get(JobsRepository)];
  const found: OrganizationJob[] = [];
  for (const { slug, ctx } of owners) {
    const rows = await transactions.run(ctx, (tx) => repository.list(tx, { state, after: null, limit }));
    found.push(...rows.map((row) => ({ organization: slug, ...row })));
  }
  return found;
}

async function retry(
  { installation }: Cli,
  [id]: readonly string[],
  { organization, task }: Options,
): Promise<Outcome> {
  if ((id === undefined) === (task === undefined)) throw new UsageFault('Name a job id, or a --task.');
  if (id !== undefined && !JOB_ID.test(id))
    throw new UsageFault('A job id is a number, as carethread jobs list shows it.');
  const retried = await installation.product(async (product) => {
    const owners = await jobOwners(product, organization);
    return id === undefined ? retryTask(product, owners, task!) : [await retryOne(product, owners, id)];
  });
  return {
    document: id === undefined ? { jobs: retried } : retried[0],
    lines:
      retried.length === 0
        ? ['No job of this task has failed.']
        : retried.map((job) => `Job ${job.id} of ${job.organization} is tried again.`),
  };
}

interface Retried {
  id: string;
  organization: string;
  state: 'waiting';
}

/** Throws not-found. */
async function retryOne(
  product: INestApplicationContext,
  owners: readonly Chosen[],
  id: string,
): Promise<Retried> {
  const [transactions, repository] = [product.get(Transactions), product.get(JobsRepository)];
  for (const { slug, ctx } of owners) {
    const found = await transactions.run(ctx, (tx) => repository.retry(tx, id));
    if (found) return { id, organization: slug, state: 'waiting' };
  }
  throw notFound('failed job');
}

async function retryTask(
  product: INestApplicationContext,
  owners: readonly Chosen[],
  task: string,
): Promise<Retried[]> {
  const [transactions, repository] = [product.get(Transactions), product.get(JobsRepository)];
  const retried: Retried[] = [];
  for (const { slug, ctx } of owners) {
    const ids = await transactions.run(ctx, (tx) => repository.retryTask(tx, task));
    retried.push(...ids.map((id): Retried => ({ id, organization: slug, state: 'waiting' })));
  }
  return retried;
}
