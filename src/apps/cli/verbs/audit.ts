import type { INestApplicationContext } from '@nestjs/common';
import {
  AuditFacade,
  type AuditVerification,
  type VerificationProgress,
} from '../../../foundation/audit/index.js';
import { INSTALLATION, systemContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { EXIT } from '../exit-codes.js';
import { ORGANIZATION } from '../options.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { Progress } from '../terminal.js';
import type { Cli, Noun, Options, Outcome } from '../verb.js';

/** The log of what belongs to no hospital. No slug can look like this. */
const OWN_LOG = '(installation)';

interface Verified extends AuditVerification {
  organization: string;
}

export const audit: Noun = {
  name: 'audit',
  says: 'the audit log',
  verbs: [
    {
      usage: 'verify',
      says: 'recompute it and hold it against every signed checkpoint',
      options: [ORGANIZATION],
      run: verify,
    },
  ],
};

async function verify(
  { installation, terminal }: Cli,
  _args: readonly string[],
  { organization }: Options,
): Promise<Outcome> {
  const progress = new Progress(terminal);
  const logs = await installation
    .product(async (product) => {
      const chosen = await chosenOrganizations(product, organization);
      return organization === undefined ? verifyAll(product, chosen, progress) : verifyEach(product, chosen);
    })
    .finally(() => progress.end());
  const ok = logs.every((log) => log.ok);
  return { exit: ok ? EXIT.ok : EXIT.findings, document: { ok, logs }, lines: logs.map(lineOf) };
}

function verifyEach(product: INestApplicationContext, chosen: readonly Chosen[]): Promise<Verified[]> {
  const audit = product.get(AuditFacade);
  return Promise.all(
    chosen.map(async ({ slug, ctx }) => ({ organization: slug, ...(await audit.verify(ctx)) })),
  );
}

async function verifyAll(
  product: INestApplicationContext,
  chosen: readonly Chosen[],
  progress: Progress,
): Promise<Verified[]> {
  const slugs = new Map<Uuid, string>([
    [INSTALLATION, OWN_LOG],
    ...chosen.map(({ slug, ctx }) => [ctx.organizationId, slug] as const),
  ]);
  const begun = new Set<Uuid>();
  const show = ({ organizationId, events }: VerificationProgress): void => {
    begun.add(organizationId);
    progress.show(begun.size - 1, slugs.size, `${slugs.get(organizationId)}: ${events} events`);
  };
  const others = chosen.map(({ ctx }) => ctx.organizationId);
  const results = await product.get(AuditFacade).verifyAll(systemContext(INSTALLATION, 'cli'), others, show);
  return [...results].map(([id, result]) => ({ organization: slugs.get(id)!, ...result }));
}

function lineOf({ organization, ok, events, checkpoints, unsealed, faults }: Verified): string {
  if (ok)
    return `ok      ${organization}: ${events} events, ${checkpoints} checkpoints, ${unsealed} not sealed yet`;
  const [first] = faults;
  const place =
    first?.position === undefined ? 'at no position of the tree' : `at position ${first.position}`;
  return `BROKEN  ${organization}: ${first?.kind} ${place} (${faults.length} faults among ${events} events)`;
}
