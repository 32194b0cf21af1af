import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { connectionOf, type VendorName } from './vendors.js';

interface SetupDocument {
  organizations: {
    slug: string;
    ehr: { baseUrl: string }[];
    whatsapp: { graphBaseUrl: string; businessAccountId: string; phoneNumberId: string }[];
  }[];
}

/** A WhatsApp Business account as the stand-in knows it. */
export interface SandboxAccount {
  organization: string;
  businessAccountId: string;
  phoneNumberId: string;
  displayPhoneNumber: string;
  accessToken: string;
  appSecret: string;
  verifyToken: string;
}

/** The setup of the sandbox, as it stands in the repository. */
function readSetup(): SetupDocument {
  return parse(readFileSync(join(packageRoot(), 'config', 'sandbox.yaml'), 'utf8')) as SetupDocument;
}

/** The same for the sources and for what is built from them, which lies one folder deeper. */
export function packageRoot(folder = dirname(fileURLToPath(import.meta.url))): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder));
}

/** Writes the setup with the stand-ins' real addresses and the chosen vendors. Returns its path. */
export function writeSetup(
  folder: string,
  { vendors = {}, ...urls }: { ehr: string; whatsapp: string; vendors?: Record<string, VendorName> },
): string {
  const document = readSetup();
  for (const organization of document.organizations) {
    const vendor = vendors[organization.slug];
    for (const ehr of organization.ehr)
      Object.assign(ehr, { baseUrl: moved(ehr.baseUrl, urls.ehr) }, vendor && connectionOf(vendor));
    for (const account of organization.whatsapp)
      account.graphBaseUrl = moved(account.graphBaseUrl, urls.whatsapp);
  }
  const path = join(folder, 'setup.yaml');
  writeFileSync(path, stringify(document), { mode: 0o600 });
  return path;
}

/** The accounts of the setup file, with secrets of this run. */
export function accountsOf(secretOf: (name: string) => string): SandboxAccount[] {
  return readSetup().organizations.flatMap(({ slug, whatsapp }) =>
    whatsapp.map((account, index) => ({
      organization: slug,
      businessAccountId: account.businessAccountId,
      phoneNumberId: account.phoneNumberId,
      // Reserved for fiction; not one of the patients' numbers.
      displayPhoneNumber: `1800555019${index}`,
      accessToken: secretOf(`${slug}/token`),
      appSecret: secretOf(`${slug}/app-secret`),
      verifyToken: secretOf(`${slug}/verify-token`),
    })),
  );
}

/** The environment variables that the setup file takes its secrets from. */
export function secretEnvironment(accounts: SandboxAccount[]): NodeJS.ProcessEnv {
  const entries = accounts.flatMap((account) => {
    const name = `SANDBOX_${account.organization.toUpperCase().replaceAll('-', '_')}`;
    return [
      [`${name}_TOKEN`, account.accessToken],
      [`${name}_APP_SECRET`, account.appSecret],
      [`${name}_VERIFY_TOKEN`, account.verifyToken],
    ];
  });
  return Object.fromEntries(entries) as NodeJS.ProcessEnv;
}

function moved(url: string, origin: string): string {
  return origin + new URL(url).pathname;
}
