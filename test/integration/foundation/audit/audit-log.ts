import { join } from 'node:path';
import { Client } from 'pg';
import { Sealer } from '../../../../src/foundation/audit/application/seal.js';
import { AuditFacade, AuditModule, type AuditVerification } from '../../../../src/foundation/audit/index.js';
import { SETTINGS, type Settings } from '../../../../src/platform/config/settings.js';
import { systemContext, type Context } from '../../../../src/platform/context/context.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { Listeners } from '../../../../src/platform/jobs/listeners.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { startPlatform } from '../../../support/platform.js';

export interface AuditLog {
  audit: AuditFacade;
  sealer: Sealer;
  listeners: Listeners;
  transactions: Transactions;
  settings: Settings;
  /** A superuser's connection, whom neither row security nor grants bind. */
  admin: Client;
  /** The login that the product runs as. */
  runtime: Client;
  checkpointFile(ctx: Context): string;
  close(): Promise<void>;
}

/** The audit module on a database of its own. Nothing ticks: a test seals when it says so. */
export async function startAuditLog(): Promise<AuditLog> {
  const { app, database, close } = await startPlatform([AuditModule], 'web');
  const admin = new Client({ connectionString: database.adminUrl });
  const runtime = new Client({ connectionString: database.runtimeUrl });
  await Promise.all([admin.connect(), runtime.connect()]);
  const settings = app.get<Settings>(SETTINGS);
  return {
    audit: app.get(AuditFacade),
    sealer: app.get(Sealer),
    listeners: app.get(Listeners),
    transactions: app.get(Transactions),
    settings,
    admin,
    runtime,
    checkpointFile: ({ organizationId }) => join(settings.dataDir, 'audit', `${organizationId}.checkpoints`),
    close: async () => {
      await Promise.all([admin.end(), runtime.end()]);
      await close();
    },
  };
}

export function anOrganization(): Context {
  return systemContext(newId(), 'test');
}

/** `seals` times ten events and a seal. */
export async function fill(log: AuditLog, ctx: Context, seals = 3): Promise<void> {
  for (let seal = 0; seal < seals; seal++) {
    for (let n = 0; n < 10; n++) {
      await log.audit.record(ctx, { type: 'summary.opened', action: 'R', patientId: newId(), detail: { n } });
    }
    await log.sealer.seal(ctx);
  }
}

export function faultsOf({ faults }: AuditVerification): string[] {
  return faults.map(({ kind, position }) => (position === undefined ? kind : `${kind} at ${position}`));
}
