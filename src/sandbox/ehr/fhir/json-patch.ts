import { sameJson } from '../json.js';
import { type Refusal, refuse } from './refusal.js';

type Container = Record<string, unknown> | unknown[];

interface Operation {
  op: 'test' | 'replace' | 'add' | 'remove';
  path: string;
  value?: unknown;
}

const bad = (why: string): Refusal => refuse(400, 'structure', `Not a JSON Patch: ${why}`);
const failed = (path: string, why: string): Refusal =>
  refuse(422, 'processing', `The patch failed at ${path}: ${why}`);

/**
 * RFC 6902 with test, replace, add and remove; answers a new document or refuses: 400 for what is no patch, 422 for
 * a patch that does not fit the document.
 */
export function applyPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw bad('it is no array');
  return patch.map(readOperation).reduce(applyOne, structuredClone(document));
}

function readOperation(entry: unknown): Operation {
  const { op, path, value } = (entry ?? {}) as Partial<Operation>;
  if (typeof op !== 'string' || !Object.hasOwn(operations, op)) throw bad('unknown operation');
  if (typeof path !== 'string' || !/^(\/|$)/.test(path)) throw bad('a path must start with "/"');
  if (path.split('/').includes('__proto__')) throw bad('no such element name');
  if (op !== 'remove' && value === undefined) throw bad(`"${op}" needs a value`);
  return { op, path, value };
}

function applyOne(document: unknown, { op, path, value }: Operation): unknown {
  const steps = path.split('/').slice(1).map(unescape);
  const last = steps.pop();
  if (last === undefined) throw failed('/', 'the whole resource cannot be patched');
  const parent = steps.reduce<unknown>((at, step) => existing(container(at, path), step, path), document);
  operations[op](container(parent, path), last, { path, value });
  return document;
}

type Apply = (parent: Container, key: string, target: { path: string; value: unknown }) => void;

const operations: Record<Operation['op'], Apply> = {
  test: (parent, key, { path, value }) => {
    if (!sameJson(existing(parent, key, path), value)) throw failed(path, 'the test does not hold');
  },
  replace: (parent, key, { path, value }) => {
    existing(parent, key, path);
    parent[key as never] = value as never;
  },
  add: (parent, key, { path, value }) => {
    if (!Array.isArray(parent)) Object.assign(parent, { [key]: value });
    else parent.splice(key === '-' ? parent.length : position(key, parent.length, path), 0, value);
  },
  remove: (parent, key, { path }) => {
    existing(parent, key, path);
    if (Array.isArray(parent)) parent.splice(position(key, parent.length - 1, path), 1);
    else delete parent[key];
  },
};

const unescape = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

function container(value: unknown, path: string): Container {
  if (typeof value !== 'object' || value === null) throw failed(path, 'there is no such element');
  return value as Container;
}

function existing(parent: Container, key: string, path: string): unknown {
  if (Array.isArray(parent)) return parent[position(key, parent.length - 1, path)];
  if (!Object.hasOwn(parent, key)) throw failed(path, 'there is no such element');
  return parent[key];
}

function position(key: string, last: number, path: string): number {
  if (!/^(0|[1-9]\d*)$/.test(key) || Number(key) > last)
    throw failed(path, 'there is no such place in the list');
  return Number(key);
}
