import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { stringify } from 'yaml';
import { openTrial, adminUrlOf } from '../test/support/trial/trial.js';
import { startHelper } from './sync/process.js';
const stub = startHelper<any>('ehr-stub.ts');
const base = await stub.ask<string>({ ask: 'address' });
const trial = await openTrial({ name: 'prof-sync' });
const setup = join(trial.folder, 's.yaml');
const h = (slug: string) => ({ slug, name: slug, timeZone: 'America/New_York', country: 'US', languages: ['en'], reminders: [{ key: 'one-day', before: 'P1D', template: 'appointment_reminder' }] });
writeFileSync(setup, stringify({ organizations: [h('h0'), h('h1')] }));
const child = spawn(process.execPath, ['--cpu-prof', '--cpu-prof-dir=/tmp/prof', 'dist/src/main.js', '--role=web'], { env: { ...process.env, ...trial.environment, PORT: '0', CARETHREAD_SETUP_FILE: setup }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
const url = await new Promise<string>((r) => child.once('message', (m: any) => r(m.ready)));
const call = async (slug: string, method: string, path: string, body?: object): Promise<any> => (await fetch(`${url}/${path}`, { method, headers: { authorization: `Bearer ${trial.apiKey}`, 'x-organization': slug, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) })).json();
const sync = async (slug: string): Promise<number> => {
  const { id } = await call(slug, 'POST', 'v1/ehr-connections', { name: 'main', base_url: `${base}/${slug}/fhir`, allow_private_network: true, sync: { horizon_days: 45, interval_seconds: 86400 }, budget: { requests_per_second: 1000, concurrency: 32 } });
  const t = performance.now();
  await call(slug, 'POST', `v1/ehr-connections/${id}/sync`);
  for (;;) { const { status } = await call(slug, 'GET', `v1/ehr-connections/${id}`); if (status?.finished_at) break; await new Promise((r) => setTimeout(r, 50)); }
  return 10000 / ((performance.now() - t) / 1000);
};
console.log('warm', await sync('h0'));
const admin = new pg.Client({ connectionString: adminUrlOf(trial) }); await admin.connect();
await admin.query(`alter system set log_min_duration_statement = 0`); await admin.query(`select pg_reload_conf()`);
await new Promise((r) => setTimeout(r, 500));
const log = join(trial.postgres.location, 'server.log'); const from = statSync(log).size;
console.log('measured', await sync('h1'));
const text = readFileSync(log).subarray(from).toString();
const by = new Map<string, [number, number]>();
for (const m of text.matchAll(/duration: ([\d.]+) ms  (?:execute|statement|parse|bind)[^:]*: ([\s\S]*?)(?=\n\d{4}-|$)/g)) { const k = m[2]!.replace(/\s+/g, ' ').slice(0, 110); const e = by.get(k) ?? [0, 0]; e[0] += Number(m[1]); e[1]++; by.set(k, e); }
for (const m of text.matchAll(/duration: ([\d.]+) ms  (parse|bind)/g)) { const e = by.get(m[2]!) ?? [0, 0]; e[0] += Number(m[1]); e[1]++; by.set(m[2]!, e); }
console.log([...by].sort((a, b) => b[1][0] - a[1][0]).slice(0, 30).map(([k, [ms, n]]) => `${ms.toFixed(0).padStart(6)} ms ${String(n).padStart(5)}x ${k}`).join('\n'));
await admin.query('alter system reset all'); await admin.end();
await new Promise((r) => { child.once('exit', r); child.kill('SIGTERM'); });
await trial.close(); stub.stop();
