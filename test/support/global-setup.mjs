// Not TypeScript: jest would load it as CommonJS, without the mapping from .js to .ts.
import { register } from 'node:module';

register('../../config/tooling/typescript-hooks.mjs', import.meta.url);

export default async function globalSetup() {
  const { startTestPostgres } = await import('./test-postgres.ts');
  await startTestPostgres();
}
