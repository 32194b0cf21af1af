/** The way to a node of a JSON document: keys and places. */
export type Path = readonly (string | number)[];

/** The paths of every node, the document itself first. */
export function nodesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => nodesOf(inner, [...path, key]))];
}

/** A copy of the document with another value at that place. */
export function replaced(document: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inside = (document as Record<string, unknown>)[key];
  const changed = replaced(inside, rest, value);
  if (Array.isArray(document)) return document.with(Number(key), changed);
  return { ...(document as object), [key]: changed };
}
