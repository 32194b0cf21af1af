import type { INestApplicationContext } from '@nestjs/common';
import { VaultFacade, type EpochState, type KeysState } from '../../../foundation/vault/index.js';
import { KEYRING, type Keyring } from '../../../platform/keyring/keyring.js';
import { EXIT } from '../exit-codes.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { table } from '../table.js';
import type { Cli, Options, Outcome } from '../verb.js';

export interface OrganizationKeys extends KeysState {
  organization: string;
}

const DAY_MS = 24 * 60 * 60_000;

/** What a person does about it. */
const REMEDY = {
  rotation: 'rotation: keys rotate',
  rewrap: 'rewrap: keys rewrap',
  destruction: 'destruction: keys rewrap --destroy due',
  restore: 'not in the keyring: restore it from its backup',
};

export async function status(
  { installation }: Cli,
  _args: readonly string[],
  options: Options,
): Promise<Outcome> {
  const organizations = await installation.product(async (product) =>
    keysOf(product, await chosenOrganizations(product, options.organization)),
  );
  const ok = organizations.every(isWell);
  return {
    exit: ok ? EXIT.ok : EXIT.findings,
    document: {
      ok,
      keyring: installation.settings().keyring,
      organizations: organizations.map((one) => ({ ...one, epochs: one.epochs.map(epochDocument) })),
    },
    lines: table(
      ['ORGANIZATION', 'KEYS', 'IDENTITY', 'EPOCH', 'AGE', 'WRAPS', 'DUE'],
      organizations.flatMap(rowsOf),
    ),
  };
}

/** Throws `vault.keyring-unavailable` when the keyring as a whole cannot be used. */
export async function keysOf(
  product: INestApplicationContext,
  chosen: readonly Chosen[],
): Promise<OrganizationKeys[]> {
  await product.get<Keyring>(KEYRING).health();
  const vault = product.get(VaultFacade);
  return Promise.all(
    chosen.map(async ({ slug, ctx }) => ({ organization: slug, ...(await vault.keysState(ctx)) })),
  );
}

function isWell({ state, epochs }: OrganizationKeys): boolean {
  return (state === 'readable' || state === 'none') && epochs.every(({ due }) => due === null);
}

function epochDocument({ epoch, madeAt, replacedAt, keys, due }: EpochState): object {
  return { epoch, made_at: madeAt, replaced_at: replacedAt, keys, due };
}

/** A line per epoch, the hospital on the first. */
function rowsOf({ organization, state, identity, epochs }: OrganizationKeys): string[][] {
  const head = [organization, state, identity ?? '-'];
  if (epochs.length === 0) return [[...head, '-', '-', '-', '-']];
  return epochs.map((epoch, n) => [...(n === 0 ? head : ['', '', '']), ...cellsOf(epoch)]);
}

function cellsOf({ epoch, madeAt, keys, due }: EpochState): string[] {
  const days = madeAt && Math.floor((Date.now() - madeAt.getTime()) / DAY_MS);
  return [`${epoch}`, days === null ? '-' : `${days} d`, `${keys} keys`, due === null ? '-' : REMEDY[due]];
}
