import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { ConfigurationFault } from '../../../platform/config/settings.js';
import { readSetupFile } from '../../../platform/config/setup-file.js';
import { UsageFault } from '../exit-codes.js';
import type { Cli, Noun, Outcome } from '../verb.js';

export const setup: Noun = {
  name: 'setup',
  says: 'the setup file: hospitals, EHR connections, WhatsApp accounts, reminders',
  verbs: [
    { usage: 'apply [file]', says: 'apply it; the same file twice changes nothing', run: apply },
    { usage: 'check [file]', says: 'list everything that is wrong in it; change nothing', run: check },
  ],
};

async function apply(cli: Cli, [file]: readonly string[]): Promise<Outcome> {
  const document = readSetupFile(pathOf(cli, file));
  const report = await cli.installation.product((product) =>
    product.get(OrganizationsFacade).applySetup(document),
  );
  const lines = report.organizations.map(
    ({ slug, created }) => `${slug}: ${created ? 'made' : 'up to date'}`,
  );
  return { document: report, lines };
}

async function check(cli: Cli, [file]: readonly string[]): Promise<Outcome> {
  const path = pathOf(cli, file);
  const document = readSetupFile(path);
  const faults = await cli.installation.product(async (product) =>
    product.get(OrganizationsFacade).checkSetup(document),
  );
  if (faults.length > 0) throw new ConfigurationFault(faults);
  return { document: { ok: true, file: path }, lines: [`${path} can be applied.`] };
}

function pathOf(cli: Cli, file: string | undefined): string {
  const path = file ?? cli.installation.settings().setupFile;
  if (!path) throw new UsageFault('Name the setup file, or set CARETHREAD_SETUP_FILE.');
  return path;
}
