import { fileURLToPath } from 'node:url';
import { swcOptions } from './tooling/swc-options.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const project = (displayName, testMatch, more = {}) => ({
  displayName,
  rootDir: root,
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Its other build imports JSON in a way of which jest warns, five times for each test file.
    '^libphonenumber-js/max$': '<rootDir>/node_modules/libphonenumber-js/max/index.cjs',
  },
  transform: { '^.+\\.ts$': ['@swc/jest', swcOptions] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
  testEnvironment: 'node',
  ...more,
});

const withPostgres = {
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

export default {
  rootDir: root,
  testTimeout: 60_000,
  projects: [
    project('unit', ['src/**/*.spec.ts']),
    project('architecture', ['test/architecture/**/*.spec.ts']),
    project('integration', ['test/integration/**/*.spec.ts'], withPostgres),
    project('endurance', ['test/endurance/**/*.spec.ts']),
    project('contract', ['test/contract/**/*.contract-spec.ts'], withPostgres),
    // Against a server that the environment names: by `npm run test:interop` alone.
    project('interop', ['test/contract/**/*.interop-spec.ts'], withPostgres),
    project('e2e', ['test/e2e/**/*.e2e-spec.ts'], withPostgres),
    // Each sweep has a cluster of its own: what it looks for must lie in its own files alone.
    project('canary', ['test/canary/**/*.canary-spec.ts']),
  ],
};
