import { readFileSync } from 'node:fs';

const { floors } = JSON.parse(readFileSync(new URL('../modules.json', import.meta.url), 'utf8'));

const DOORS = '(index|events)\\.ts$';
const MODULE = '^src/(foundation|exchange|care)/([^/]+)/';

/** Every module with those that stand before it: on lower floors, and to its left on its own. */
const ordered = floors.flatMap(({ name, modules }) => modules.map((module) => `${name}/${module}`));

const mayNotCall = ordered.slice(0, -1).flatMap((module, at) => {
  const [floor] = module.split('/');
  if (floor === 'apps') return [];
  const later = ordered.slice(at + 1).filter((other) => !other.startsWith('apps/'));
  if (later.length === 0) return [];
  return [
    {
      name: `order:${module}`,
      comment: `${module} stands before these in config/modules.json: it learns their news by events.ts alone.`,
      severity: 'error',
      from: { path: `^src/${module}/` },
      to: { path: `^src/(${later.join('|')})/`, pathNot: '/events\\.ts$' },
    },
  ];
});

const only = (name, comment, library, places) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: [...places, '\\.spec\\.ts$'] },
  to: { path: `^node_modules/${library}/` },
});

export const forbidden = [
  {
    name: 'no-circular',
    comment: 'A cycle has no order.',
    severity: 'error',
    from: { path: '^src/' },
    to: { circular: true },
  },
  {
    name: 'modules-meet-at-doors',
    comment: 'Another module is its index.ts and its events.ts, nothing else.',
    severity: 'error',
    from: { path: MODULE },
    to: { path: MODULE, pathNot: [`^src/$1/$2/`, `^src/[^/]+/[^/]+/${DOORS}`] },
  },
  {
    name: 'outsiders-use-doors',
    comment: 'Apps and the composition root see the doors only.',
    severity: 'error',
    from: { path: '^src/(apps/|[^/]+\\.ts$)' },
    to: { path: MODULE, pathNot: `^src/[^/]+/[^/]+/${DOORS}` },
  },
  {
    name: 'events-are-leaves',
    comment: 'Anybody may import events.ts, so it imports nothing.',
    severity: 'error',
    from: { path: `${MODULE}events\\.ts$` },
    to: { path: '.' },
  },
  {
    name: 'platform-knows-nobody',
    comment: 'platform/ is below every module.',
    severity: 'error',
    from: { path: '^src/platform/' },
    to: { path: '^src/(foundation|exchange|care|apps|sandbox)/' },
  },
  {
    name: 'nobody-imports-apps',
    comment: 'Apps are the top: only the composition root names them.',
    severity: 'error',
    from: { path: '^src/', pathNot: ['^src/apps/', '^src/[^/]+\\.ts$'] },
    to: { path: '^src/apps/' },
  },
  {
    name: 'nobody-imports-sandbox',
    comment: 'The product does not know the stand-ins.',
    severity: 'error',
    from: { path: '^(src|migrations)/', pathNot: '^src/sandbox/' },
    to: { path: '^src/sandbox/' },
  },
  {
    name: 'sandbox-speaks-http',
    comment: 'The stand-ins know the product by HTTP; the embedded PostgreSQL is all they share.',
    severity: 'error',
    from: { path: '^src/sandbox/' },
    to: { path: '^src/', pathNot: ['^src/sandbox/', '^src/platform/database/embedded/'] },
  },
  {
    name: 'domain-is-pure',
    comment: 'domain/ takes and returns plain values.',
    severity: 'error',
    from: { path: `${MODULE}domain/`, pathNot: '\\.spec\\.ts$' },
    to: {
      path: [
        `${MODULE}(application|infrastructure|api)/`,
        '^node_modules/(@nestjs|typeorm|pg|undici|graphile-worker)/',
      ],
    },
  },
  {
    name: 'application-does-not-know-api',
    comment: 'Use cases do not know their controllers.',
    severity: 'error',
    from: { path: `${MODULE}(application|infrastructure)/` },
    to: { path: `${MODULE}api/` },
  },
  only('typeorm-in-infrastructure', 'Persistence stays behind repositories.', 'typeorm', [
    `${MODULE}infrastructure/`,
    '^src/platform/(database|clock)/',
  ]),
  only('pg-in-platform', 'Raw pg is wrapped once.', 'pg', ['^src/platform/(database|jobs)/']),
  only(
    'fhir-kit-client-in-fhir',
    'It sends tokens to any host that a page names; only its wrapper may use it.',
    'fhir-kit-client',
    ['^src/exchange/fhir/infrastructure/'],
  ),
  only('undici-behind-outbound', 'Every outgoing call passes the address checks.', 'undici', [
    '^src/platform/outbound/',
    '^src/exchange/(fhir|messaging)/infrastructure/',
  ]),
  ...mayNotCall,
];
