import type { INestApplicationContext } from '@nestjs/common';
import type { Uuid } from '../../../platform/ids/ids.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { EXIT } from '../exit-codes.js';
import { chosenOrganizations } from '../organizations.js';
import { table } from '../table.js';
import type { Cli, Noun, Outcome } from '../verb.js';

interface OrganizationKeys {
  organization: string;
  state: 'readable' | 'away';
  /** Names the keys without telling them. */
  identity: string | null;
}

export const keys: Noun = {
  name: 'keys',
  says: 'the keyring',
  verbs: [{ usage: 'status', says: "say whether each hospital's keys can be read", run: status }],
};

async function status({ installation }: Cli): Promise<Outcome> {
  const organizations = await installation.product(keysOf);
  const ok = organizations.every(({ state }) => state === 'readable');
  return {
    exit: ok ? EXIT.ok : EXIT.findings,
    document: { ok, keyring: installation.settings().keyring, organizations },
    lines: table(
      ['ORGANIZATION', 'KEYS', 'IDENTITY'],
      organizations.map(({ organization, state, identity }) => [organization, state, identity ?? '-']),
    ),
  };
}

/** Throws `vault.keyring-unavailable` when the keyring as a whole cannot be used. */
export async function keysOf(product: INestApplicationContext): Promise<OrganizationKeys[]> {
  const keyring = product.get<Keyring>(KEYRING);
  await keyring.health();
  const chosen = await chosenOrganizations(product);
  return Promise.all(chosen.map(({ slug, ctx }) => keysOfOne(keyring, slug, ctx.organizationId)));
}

async function keysOfOne(keyring: Keyring, organization: string, id: Uuid): Promise<OrganizationKeys> {
  // The one failure it has is the state that is asked for.
  const identity = await keyring.identity(id).catch(() => null);
  return { organization, state: identity === null ? 'away' : 'readable', identity };
}
