import type { INestApplicationContext } from '@nestjs/common';
import { ConfigurationFault } from '../../../platform/config/settings.js';
import { openKeyring } from '../../../platform/keyring/open-keyring.js';
import type { Chosen } from '../organizations.js';
import { keysOf, type OrganizationKeys } from '../verbs/keys-status.js';
import { bad, doubtful, type Finding, good } from './finding.js';

/** Looked at before the product, which does not start on a keyring that others may read. */
export async function keyringFiles(address: string): Promise<Finding[]> {
  const check = 'keyring.files';
  try {
    await openKeyring(address);
    return [good(check, 'Nobody but its own user can read the keyring.')];
  } catch (error) {
    if (!(error instanceof ConfigurationFault)) throw error;
    const remedy =
      'Close it to others; if somebody else may have read it, run carethread keys rotate and keys rewrap --destroy.';
    return error.faults.map((fault) => bad(check, fault, remedy));
  }
}

export async function keyringChecks(
  product: INestApplicationContext,
  chosen: readonly Chosen[],
): Promise<Finding[]> {
  return (await keysOf(product, chosen)).flatMap((keys) => [readable(keys), due(keys)]);
}

const UNREADABLE = {
  away: ['cannot be read', 'Restore the keyring from its backup; without it nothing opens.'],
  foreign: ['are not those that it began with', 'Name its own keyring in CARETHREAD_KEYRING.'],
  behind: [
    'lack the newest epoch',
    'This keyring is a copy or comes from a backup: use the newest. All processes need the same one.',
  ],
} as const;

export function readable({ organization, state }: Pick<OrganizationKeys, 'organization' | 'state'>): Finding {
  if (state === 'none') return good('keyring', `${organization} gets its keys at their first use.`);
  if (state === 'readable') return good('keyring', `The keys of ${organization} can be read.`);
  const [how, remedy] = UNREADABLE[state];
  return bad('keyring', `The keys of ${organization} ${how}.`, remedy);
}

export function due({ organization, epochs }: Pick<OrganizationKeys, 'organization' | 'epochs'>): Finding {
  const check = 'keys.due';
  const has = (what: string): boolean => epochs.some((epoch) => epoch.due === what);
  const say = (what: string, remedy: string): Finding => doubtful(check, `${organization}: ${what}`, remedy);
  if (has('restore'))
    return bad(
      check,
      `${organization}: data keys hang on an epoch that the keyring does not have.`,
      "Restore it from the keyring's backup.",
    );
  if (has('rewrap')) return say('older epochs still wrap data keys.', 'Run carethread keys rewrap.');
  if (has('rotation'))
    return say('the current epoch is 30 days old.', 'Run carethread keys rotate, then keys rewrap.');
  if (has('destruction'))
    return say('an old epoch was replaced 35 days ago.', 'Run carethread keys rewrap --destroy due.');
  return good(check, `${organization}: nothing is due for its keys.`);
}
