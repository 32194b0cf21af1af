import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCOPES } from '../../src/foundation/identity/domain/api-key.js';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
const WANTED = /@RequireScope\('([^']+)'\)/g;

function scopesOfRoutes(): string[] {
  const controllers = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.controller.ts'),
  );
  const wanted = controllers.flatMap((path) => [
    ...readFileSync(join(SOURCE, path), 'utf8').matchAll(WANTED),
  ]);
  return [...new Set(wanted.map(([, scope]) => scope!))].sort();
}

describe('the scopes of routes', () => {
  it('are those that a key may hold', () => {
    expect(scopesOfRoutes()).toEqual([...SCOPES].sort());
  });
});
