import { migrationState } from '../database/migration-state.js';
import { EXIT } from '../exit-codes.js';
import type { Cli, Noun, Outcome } from '../verb.js';

export const db: Noun = {
  name: 'db',
  says: 'the database',
  verbs: [
    { usage: 'migrate', says: 'bring it to this version', run: migrate },
    {
      usage: 'status',
      says: 'say which migrations it has and which are missing; change nothing',
      run: status,
    },
  ],
};

async function migrate({ installation }: Cli): Promise<Outcome> {
  const applied = await installation.migrate();
  const lines =
    applied.length > 0 ? applied.map((name) => `applied  ${name}`) : ['The database is of this version.'];
  return { document: { applied }, lines };
}

async function status({ installation }: Cli): Promise<Outcome> {
  const state = await installation.server((server) =>
    migrationState(installation.settings(), server.ownerUrl),
  );
  const lines = (['applied', 'pending', 'unknown'] as const).flatMap((key) =>
    state[key].map((name) => `${key.padEnd(7)}  ${name}`),
  );
  const ok = state.pending.length === 0 && state.unknown.length === 0;
  return { exit: ok ? EXIT.ok : EXIT.findings, document: { ok, ...state }, lines };
}
