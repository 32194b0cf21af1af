import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { startSandboxEhr } from '../../src/sandbox/ehr/index.js';
import { startSandboxWhatsapp } from '../../src/sandbox/whatsapp/index.js';
import { call } from '../../src/sandbox/run/http.js';
import { Progress } from '../../src/sandbox/run/progress.js';
import { BEGINNING, type Sandbox } from '../../src/sandbox/run/sandbox.js';
import { accountsOf } from '../../src/sandbox/run/setup.js';
import { Story } from '../../src/sandbox/story/story.js';
import { startApp, type TestApp } from './app.js';

interface Setup {
  organizations: {
    slug: string;
    ehr: { baseUrl: string }[];
    whatsapp: Record<string, unknown>[];
    reminders: object[];
  }[];
}

/** The product with both stand-ins, in this process, at the sandbox's beginning. */
export interface World extends TestApp {
  story: Story;
  sandbox: Sandbox;
}

const SANDBOX_SETUP = fileURLToPath(new URL('../../config/sandbox.yaml', import.meta.url));

/** `reminders`: rules in place of the sandbox's own. */
export async function startWorld(seed = 1, reminders?: object[]): Promise<World> {
  const now = new Date(BEGINNING);
  const accounts = accountsOf((name) => `test-${name}-0123456789abcdef`);
  const [ehr, whatsapp] = await Promise.all([
    startSandboxEhr({ seed, now }),
    startSandboxWhatsapp({ seed, now, accounts }),
  ]);
  const setup = setupFor({ ehr: ehr.url, whatsapp: whatsapp.url }, accounts);
  if (reminders) for (const organization of setup.organizations) organization.reminders = reminders;
  const test = await startApp(setup);
  await call(test.url, '/sandbox/clock', { body: { set: BEGINNING } });
  for (const { phoneNumberId } of accounts) {
    const url = `${test.url}/webhooks/whatsapp`;
    await call(whatsapp.url, '/control/webhook', { body: { phone_number_id: phoneNumberId, url } });
  }
  const close = async (): Promise<void> => {
    await Promise.all([ehr.close(), whatsapp.close()]);
    await test.close();
  };
  const sandbox: Sandbox = {
    ehr: ehr.url,
    whatsapp: whatsapp.url,
    product: test.url,
    apiKey: test.apiKey,
    accounts,
    broken: new Promise(() => undefined),
    stop: close,
  };
  return { ...test, sandbox, story: new Story(sandbox, seed, new Progress()), close };
}

function setupFor(urls: { ehr: string; whatsapp: string }, accounts: ReturnType<typeof accountsOf>): Setup {
  const setup = parse(readFileSync(SANDBOX_SETUP, 'utf8')) as Setup;
  for (const organization of setup.organizations) {
    for (const ehr of organization.ehr) ehr.baseUrl = urls.ehr + new URL(ehr.baseUrl).pathname;
    const mine = accounts.find((account) => account.organization === organization.slug)!;
    for (const number of organization.whatsapp) {
      number['graphBaseUrl'] = `${urls.whatsapp}/v25.0`;
      number['accessToken'] = { value: mine.accessToken };
      number['appSecret'] = { value: mine.appSecret };
      number['verifyToken'] = { value: mine.verifyToken };
    }
  }
  return setup;
}
