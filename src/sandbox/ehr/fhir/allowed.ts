import type { Interaction, Profile, TypeProfile } from '../profiles/profile.js';
import { quoting, type RowName, rowOfType } from '../profiles/rows.js';
import { isResourceType, type ResourceType, resourceTypes } from '../resource.js';
import { refuse } from './refusal.js';
import { isWrite, type Route } from './request.js';

export interface Allowed {
  interaction: Exclude<Interaction, 'capabilities'>;
  type: ResourceType;
}

/** What the route asks for, if this vendor offers it: 404 where it has no such type or operation, else 405. */
export function allowed(profile: Profile, route: Route): Allowed {
  const { interaction, typeName } = route;
  if (typeName === undefined) {
    throw refuse(405, 'not-supported', quoting(profile, 'batch / transaction', 'Nothing is offered here'));
  }
  const refused = (status: number, why: string) => {
    const row = rowOf(profile, typeName, interaction);
    return refuse(status, 'not-supported', row ? quoting(profile, row, why) : why);
  };
  const type = isResourceType(typeName) ? typeName : undefined;
  if (!type || profile.types[type].interactions.length === 0) {
    throw refused(404, 'This server has no such resource type');
  }
  if (interaction && interaction !== 'capabilities' && offers(profile.types[type], route)) {
    return { interaction, type };
  }
  if (interaction === 'operation') throw refused(404, `${typeName} has no such operation here`);
  throw refused(405, `${typeName} does not offer ${interaction ?? 'this'} here`);
}

function offers({ interactions, operations }: TypeProfile, { interaction, operation = '' }: Route): boolean {
  if (interaction === 'operation') return operations.includes(operation);
  return interaction !== undefined && interactions.includes(interaction);
}

function rowOf(profile: Profile, typeName: string, interaction?: Interaction): RowName | undefined {
  if (interaction === 'operation') return 'Slot / Schedule';
  if (interaction === 'patch' && !patches(profile)) return 'PATCH';
  return rowOfType(typeName) ?? (isWrite(interaction) ? 'Other write targets' : undefined);
}

/** Whether the server takes a JSON Patch of anything at all. */
export const patches = ({ types }: Profile): boolean =>
  resourceTypes.some((type) => types[type].interactions.includes('patch'));
