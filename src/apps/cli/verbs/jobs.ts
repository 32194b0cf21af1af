import type { INestApplicationContext } from '@nestjs/common';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import { type JobRow, JobsRepository } from '../../../platform/jobs/jobs.repository.js';
import { UsageFault } from '../exit-codes.js';
import { LIMIT, ORGANIZATION, STATE } from '../options.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { table } from '../table.js';
import type { Cli, Noun, Options, Outcome } from '../verb.js';

const JOB_ID = /^\d{1,18}$/;

export const jobs: Noun = {
  name: 'jobs',
  says: 'background work that is not done yet',
  verbs: [
    { usage: 'list', says: 'list it, oldest first', options: [ORGANIZATION, STATE, LIMIT], run: list },
    { usage: 'retry <id>', says: 'give a failed job its attempts back', run: retry },
  ],
};

export type OrganizationJob = JobRow & { organization: string };

async function list({ installation }: Cli, _args: readonly string[], options: Options): Promise<Outcome> {
  const found = await installation.product(async (product) =>
    jobsOf(product, await chosenOrganizations(product, options.organization), options),
  );
  const rows = found.map((job) => [
    job.id,
    job.organization,
    job.task,
    job.state,
    `${job.attempts}/${job.max_attempts}`,
    job.last_error ?? '-',
  ]);
  const lines = table(['ID', 'ORGANIZATION', 'TASK', 'STATE', 'ATTEMPTS', 'LAST ERROR'], rows);
  return { document: { jobs: found }, lines };
}

/** The jobs of each of these hospitals, at most `limit` of each. */
export async function jobsOf(
  product: INestApplicationContext,
  chosen: readonly Chosen[],
  { state, limit = 1 }: Options,
): Promise<OrganizationJob[]> {
  const [transactions, repository] = [product.get(Transactions), product.get(JobsRepository)];
  const found: OrganizationJob[] = [];
  for (const { slug, ctx } of chosen) {
    const rows = await transactions.run(ctx, (tx) => repository.list(tx, { state, after: null, limit }));
    found.push(...rows.map((row) => ({ organization: slug, ...row })));
  }
  return found;
}

async function retry({ installation }: Cli, [id]: readonly string[]): Promise<Outcome> {
  if (!id || !JOB_ID.test(id))
    throw new UsageFault('A job id is a number, as carethread jobs list shows it.');
  const organization = await installation.product((product) => retryIn(product, id));
  return {
    document: { id, organization, state: 'waiting' },
    lines: [`Job ${id} of ${organization} is tried again.`],
  };
}

/** The slug of the hospital whose job it is. Throws not-found. */
async function retryIn(product: INestApplicationContext, id: string): Promise<string> {
  const [transactions, repository] = [product.get(Transactions), product.get(JobsRepository)];
  for (const { slug, ctx } of await chosenOrganizations(product)) {
    if (await transactions.run(ctx, (tx) => repository.retry(tx, id))) return slug;
  }
  throw notFound('failed job');
}
