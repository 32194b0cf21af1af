/** How TypeScript is turned into JavaScript where the compiler does not run: tests and their set-up. */
export const swcOptions = {
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
};
