import type { Context } from '../../../platform/context/context.js';

/** Whether the caller holds a scope: `patients:read`. `*` holds all. */
export function can(ctx: Pick<Context, 'actor'>, scope: string): boolean {
  return ctx.actor.scopes.includes('*') || ctx.actor.scopes.includes(scope);
}
