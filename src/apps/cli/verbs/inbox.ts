import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { EXIT } from '../exit-codes.js';
import { ORGANIZATION } from '../options.js';
import { chosenOrganizations } from '../organizations.js';
import { table } from '../table.js';
import type { Cli, Noun, Options, Outcome } from '../verb.js';

export const inbox: Noun = {
  name: 'inbox',
  says: 'webhooks that were stored and are not worked yet',
  verbs: [
    {
      usage: 'status',
      says: 'how many wait, and how many were put aside',
      options: [ORGANIZATION],
      run: status,
    },
    {
      usage: 'retry',
      says: 'put those that failed again and again back into the line',
      options: [ORGANIZATION],
      run: retry,
    },
  ],
};

/** Finds something when a webhook was put aside. */
async function status({ installation }: Cli, _args: readonly string[], options: Options): Promise<Outcome> {
  const found = await installation.product(async (product) => {
    const messaging = product.get(MessagingFacade);
    const chosen = await chosenOrganizations(product, options.organization);
    return Promise.all(
      chosen.map(async ({ slug, ctx }) => ({ organization: slug, ...(await messaging.backlog(ctx)).inbox })),
    );
  });
  const rows = found.map(({ organization, waiting, oldestSeconds, parked }) => [
    organization,
    String(waiting),
    `${oldestSeconds} s`,
    String(parked),
  ]);
  return {
    exit: found.some(({ parked }) => parked > 0) ? EXIT.findings : EXIT.ok,
    document: {
      inbox: found.map(({ oldestSeconds, ...one }) => ({ ...one, oldest_seconds: oldestSeconds })),
    },
    lines: table(['ORGANIZATION', 'WAITING', 'OLDEST', 'PUT ASIDE'], rows),
  };
}

async function retry({ installation }: Cli, _args: readonly string[], options: Options): Promise<Outcome> {
  const retried = await installation.product(async (product) => {
    const done: { organization: string; retried: number }[] = [];
    for (const { slug, ctx } of await chosenOrganizations(product, options.organization)) {
      done.push({ organization: slug, retried: await product.get(MessagingFacade).retryWebhooks(ctx) });
    }
    return done;
  });
  return {
    document: { inbox: retried },
    lines: retried.map(({ organization, retried: n }) => `${organization}: ${n} webhooks are worked again.`),
  };
}
