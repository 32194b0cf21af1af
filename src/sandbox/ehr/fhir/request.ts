import type { IncomingHttpHeaders } from 'node:http';
import type { Hospital } from '../hospital.js';
import type { Interaction } from '../profiles/profile.js';
import type { ResourceType } from '../resource.js';

/** Where a FHIR request goes; a part that the path does not have is undefined. */
export interface Route {
  interaction?: Interaction;
  /** The type as the path names it, known or not. */
  typeName?: string;
  id?: string;
  /** The code of an operation, without its `$`. */
  operation?: string;
}

/** A FHIR request whose route is allowed and whose body has been read. */
export interface FhirRequest {
  hospital: Hospital;
  method: string;
  interaction: Interaction;
  type: ResourceType;
  id: string;
  operation: string;
  headers: IncomingHttpHeaders;
  params: URLSearchParams;
  /** Parsed JSON, or the text of a form. */
  body: unknown;
  /** The FHIR base as the client addressed it. */
  base: string;
  /** False makes the server answer a write as if it had stored it. */
  commit: boolean;
  /** How many rows of the page before come again at the top of this one. */
  repeatedRows: number;
  /** Where this page of a search made anew begins; undefined where pages are kept. */
  offset: number | undefined;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: object;
}

/** The interaction that a method and a path below the FHIR base ask for. */
export function routeOf(method: string, path: string): Route {
  const [typeName, id, ...rest] = path.split('/').filter((part) => part !== '');
  if (typeName === undefined || rest.length > 0) return { typeName, id };
  if (typeName === 'metadata' && !id) return { interaction: only('GET', 'capabilities')(method), typeName };
  if (id === '_search') return { interaction: only('POST', 'search-type')(method), typeName };
  if (id?.startsWith('$')) return { interaction: 'operation', typeName, operation: id.slice(1) };
  return { interaction: (id ? onInstance : onType)[method], typeName, id };
}

const only =
  (wanted: string, interaction: Interaction) =>
  (method: string): Interaction | undefined =>
    method === wanted ? interaction : undefined;

const onType: Record<string, Interaction> = { GET: 'search-type', POST: 'create' };
const onInstance: Record<string, Interaction> = {
  GET: 'read',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

export const isWrite = (interaction: Interaction | undefined): boolean =>
  interaction !== undefined && ['create', 'update', 'patch', 'delete'].includes(interaction);
