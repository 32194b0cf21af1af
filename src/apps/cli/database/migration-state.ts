import { migrations } from '../../../../migrations/index.js';
import type { Settings } from '../../../platform/config/settings.js';
import { asking } from './ask.js';

export interface MigrationState {
  /** In the database and known to this version, oldest first. */
  applied: string[];
  /** Known to this version and not in the database. */
  pending: string[];
  /** In the database and not known: a newer version was here. */
  unknown: string[];
}

/** Compares what the database went through with what this version knows. Asks as the owner: nobody else may. */
export function migrationState(settings: Settings, ownerUrl: string): Promise<MigrationState> {
  return asking(settings, ownerUrl, async (ask) => {
    const [table] = await ask<{ found: boolean }>(
      `select to_regclass('public.carethread_migration') is not null as found`,
    );
    const rows = table?.found
      ? await ask<{ name: string }>('select name from public.carethread_migration order by timestamp, id')
      : [];
    return compare(rows.map(({ name }) => name));
  });
}

function compare(present: string[]): MigrationState {
  const known = migrations.map((migration) => migration.name);
  return {
    applied: present.filter((name) => known.includes(name)),
    pending: known.filter((name) => !present.includes(name)),
    unknown: present.filter((name) => !known.includes(name)),
  };
}
