import type { Issue } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { badValue, invalid } from './issue.js';

/** Elements that every DomainResource may carry. */
const domainElements =
  'resourceType id meta implicitRules language text contained extension modifierExtension identifier status';

/** R4 forbids null, empty strings, empty lists and empty objects anywhere. */
export function shapeIssues(value: unknown, path: string): Issue[] {
  if (typeof value === 'string') return value === '' ? [badValue(path, `${path} is an empty string`)] : [];
  if (value === null) return [badValue(path, `${path} is null`)];
  if (typeof value !== 'object') return [];
  const children = Object.entries(value);
  if (children.length === 0) return [badValue(path, `${path} is empty`)];
  return children.flatMap(([key, child]) =>
    shapeIssues(child, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
  );
}

/** `elements`: the names that the type has beyond those of every resource. */
export function unknownElementIssues(resource: Resource, elements: string): Issue[] {
  const known = new Set(`${domainElements} ${elements}`.split(' '));
  return Object.keys(resource)
    .filter((name) => !known.has(name.replace(/^_/, '')))
    .map((name) => ({
      code: 'structure' as const,
      expression: resource.resourceType,
      diagnostics: `${resource.resourceType} has no element "${name.slice(0, 40)}"`,
    }));
}

export function referenceIssues(reference: string | undefined, path: string, types: string[]): Issue[] {
  if (!reference || reference.startsWith('#') || reference.startsWith('urn:')) return [];
  const type = /([A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(\/_history\/.+)?$/.exec(reference)?.[1];
  if (type && types.includes(type)) return [];
  return [invalid(path, `${path} must refer to one of ${types.join(', ')}`)];
}
