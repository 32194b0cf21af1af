import tseslint from 'typescript-eslint';

const LIMITS = {
  'max-lines': ['error', { max: 400 }],
  'max-lines-per-function': ['error', { max: 70 }],
  'max-params': ['error', 4],
  complexity: ['error', 10],
};

const ENVIRONMENT = { object: 'process', property: 'env', message: 'Read it in platform/config.' };
const CIPHERS = {
  name: 'node:crypto',
  importNames: ['createDecipheriv', 'createCipheriv'],
  message: 'Only the vault and the keyring encrypt.',
};
// What writes past the log writes what it likes: a name, a number, a patient's words.
const THE_LOG = 'Write a typed event to Log of platform/logging.';
const OUTPUT = ['stdout', 'stderr'].map((property) => ({ object: 'process', property, message: THE_LOG }));
const LOGGERS = [
  { name: 'pino', message: THE_LOG },
  { name: 'node:console', message: THE_LOG },
  { name: 'node:process', importNames: ['stdout', 'stderr'], message: THE_LOG },
];

export default tseslint.config(
  { ignores: ['dist/', '.data/', 'node_modules/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...LIMITS,
      eqeqeq: 'error',
      'no-console': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/sandbox/**', '**/*.spec.ts', '**/*.fake.ts'],
    rules: {
      'no-restricted-properties': ['error', ENVIRONMENT, ...OUTPUT],
      'no-restricted-imports': ['error', { paths: [CIPHERS, ...LOGGERS] }],
    },
  },
  {
    files: ['src/platform/config/**'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-properties': ['error', ...OUTPUT] },
  },
  {
    files: ['src/platform/logging/**', 'src/apps/cli/**'],
    ignores: ['**/*.spec.ts', '**/*.fake.ts'],
    rules: {
      'no-restricted-properties': ['error', ENVIRONMENT],
      'no-restricted-imports': ['error', { paths: [CIPHERS] }],
    },
  },
  // Constructors that Nest injects into may take more than four parameters.
  {
    files: [
      'src/**/*.{controller,module,facade,service,guard,handler}.ts',
      'src/**/application/**/*.ts',
      'src/platform/**/*.ts',
    ],
    rules: { 'max-params': 'off' },
  },
  {
    files: ['src/foundation/vault/**', 'src/platform/keyring/**'],
    rules: { 'no-restricted-imports': ['error', { paths: LOGGERS }] },
  },
  { files: ['src/sandbox/**/*.ts', 'src/apps/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.spec.ts', '**/*.e2e-spec.ts', '**/*.contract-spec.ts', 'test/**', 'migrations/**'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off', 'no-console': 'off' },
  },
);
