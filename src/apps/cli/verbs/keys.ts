import { VaultFacade, type DestroyedEpochs, type Rewrapped } from '../../../foundation/vault/index.js';
import { EXIT } from '../exit-codes.js';
import { DESTROY, ORGANIZATION } from '../options.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { eachOrganization, failuresOf, resultDocument, resultLine } from '../results.js';
import { Progress } from '../terminal.js';
import type { Cli, Noun, Options, Outcome } from '../verb.js';
import { status } from './keys-status.js';

const NOT_ROTATED =
  'The index key (by which numbers are found) and the audit signing key stay: they are not rotated.';
const NO_KEYS = 'has no keys yet; they are made at the first use';

export const keys: Noun = {
  name: 'keys',
  says: 'the keyring: epochs of the key-encryption keys, which wrap the data keys',
  verbs: [
    {
      usage: 'status',
      says: "say whether each hospital's keys can be read, what each epoch wraps, and what is due",
      options: [ORGANIZATION],
      run: status,
    },
    {
      usage: 'rotate',
      says: `make the next epoch of each hospital's key-encryption key. ${NOT_ROTATED}`,
      options: [ORGANIZATION],
      run: rotate,
    },
    {
      usage: 'rewrap',
      says: 'wrap what older epochs wrap under the current one; may be stopped and begun again at any time',
      options: [ORGANIZATION, DESTROY],
      run: rewrap,
    },
  ],
};

async function rotate({ installation }: Cli, _args: readonly string[], options: Options): Promise<Outcome> {
  const results = await installation.product(async (product) => {
    const vault = product.get(VaultFacade);
    const chosen = await chosenOrganizations(product, options.organization);
    return eachOrganization(chosen, async ({ ctx }) => {
      const { state } = await vault.keysState(ctx);
      return { epoch: state === 'none' ? null : await vault.rotate(ctx) };
    });
  });
  const said = results.map((result) =>
    resultLine(result, ({ epoch }) => (epoch === null ? NO_KEYS : `epoch ${epoch} is the current one`)),
  );
  return {
    exit: failuresOf(results)[0]?.exit ?? EXIT.ok,
    document: { organizations: results.map(resultDocument) },
    lines: [...said, NOT_ROTATED, 'Run carethread keys rewrap next.'],
  };
}

/** Null: the hospital has no keys yet. */
type Renewed = (Rewrapped & DestroyedEpochs) | { epoch: null };

async function rewrap(
  { installation, terminal }: Cli,
  _args: readonly string[],
  { organization, destroy }: Options,
): Promise<Outcome> {
  const progress = new Progress(terminal);
  const results = await installation
    .product(async (product) => {
      const vault = product.get(VaultFacade);
      const chosen = await chosenOrganizations(product, organization);
      return eachOrganization(chosen, (one) => renew(vault, one, { destroy, progress }));
    })
    .finally(() => progress.end());
  const ok = results.every((result) => 'value' in result && isWhole(result.value));
  return {
    exit: failuresOf(results)[0]?.exit ?? (ok ? EXIT.ok : EXIT.findings),
    document: { ok, organizations: results.map(resultDocument) },
    lines: results.map((result) => resultLine(result, wordsOf)),
  };
}

async function renew(
  vault: VaultFacade,
  { slug, ctx }: Chosen,
  { destroy, progress }: { destroy: Options['destroy']; progress: Progress },
): Promise<Renewed> {
  if ((await vault.keysState(ctx)).state === 'none') return { epoch: null };
  const rewrapped = await vault.rewrap(ctx, (done, of) =>
    progress.show(done, of, `${slug}: ${done} of ${of} keys`),
  );
  const ended = destroy ? await vault.destroyOldEpochs(ctx, destroy) : { destroyed: [], refused: [] };
  return { ...rewrapped, ...ended };
}

function isWhole(renewed: Renewed): boolean {
  return renewed.epoch === null || (renewed.failed === 0 && renewed.refused.length === 0);
}

function wordsOf(renewed: Renewed): string {
  if (renewed.epoch === null) return NO_KEYS;
  const { epoch, rewrapped, failed, destroyed, refused } = renewed;
  return [
    `${rewrapped} keys wrapped under epoch ${epoch}`,
    ...(failed > 0
      ? [`${failed} could not be unwrapped and stay as they are (audit: vault.cannot-open)`]
      : []),
    ...destroyed.map((gone) => `epoch ${gone} is destroyed`),
    ...refused.map((kept) => `epoch ${kept.epoch} is not destroyed: ${kept.keys} keys hang on it`),
  ].join('; ');
}
