import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database/transaction.js';
import type { Uuid } from '../ids/ids.js';

export interface Actor {
  kind: 'system' | 'service' | 'staff' | 'patient';
  /** An opaque id: never a name. */
  id: string;
  scopes: readonly string[];
}

/** Why a record is touched: HL7 v3 PurposeOfUse TREAT, HOPERAT, PATRQT, BTG. */
export type PurposeOfUse = 'treatment' | 'operations' | 'patient-request' | 'break-glass';

/** Who, why, for which hospital and in which transaction: the first argument of every facade and use case. */
export interface Context {
  organizationId: Uuid;
  actor: Actor;
  purpose: PurposeOfUse;
  correlationId: string;
  tx?: Transaction;
}

/** A context whose transaction is open. */
export interface TxContext extends Context {
  tx: Transaction;
}

/** Events of the installation itself, before any organization is known, belong to this id. */
export const INSTALLATION: Uuid = '00000000-0000-0000-0000-000000000000';

/** The context of the product's own loops and jobs. `id` names the worker, for example `scheduling`. */
export function systemContext(
  organizationId: Uuid,
  id: string,
  correlationId: string = randomUUID(),
): Context {
  return {
    organizationId,
    actor: { kind: 'system', id, scopes: ['*'] },
    purpose: 'operations',
    correlationId,
  };
}

/** The same caller, outside any transaction: for work that must not ride in the caller's. */
export function detached(ctx: Context): Context {
  const { tx: _tx, ...rest } = ctx;
  return rest;
}
