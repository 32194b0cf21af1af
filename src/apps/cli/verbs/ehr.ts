import type { INestApplicationContext } from '@nestjs/common';
import { type CapabilityRow, FhirFacade, type SyncFigures } from '../../../exchange/fhir/index.js';
import { SchedulingFacade } from '../../../care/scheduling/index.js';
import { notFound } from '../../../platform/errors/fault.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import { EXIT, type Failure, failureOf } from '../exit-codes.js';
import { DAYS, ORGANIZATION } from '../options.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { table } from '../table.js';
import type { Cli, Noun, Options, Outcome } from '../verb.js';
import { driftDocument, driftLines } from './ehr-drift.js';

interface Connection extends Chosen {
  id: Uuid;
  name: string;
}

/** What came of asking one EHR. */
type Answer<T> = Connection & ({ value: T } | { failure: Failure });

export const ehr: Noun = {
  name: 'ehr',
  says: "the hospitals' EHR connections",
  verbs: [
    {
      usage: 'capabilities [connection]',
      says: 'say what each EHR can do, asking it when nobody has yet; a connection is named by its name',
      options: [ORGANIZATION],
      run: capabilities,
    },
    { usage: 'sync [connection]', says: 'sync each EHR now', options: [ORGANIZATION], run: sync },
    {
      usage: 'drift [connection]',
      says: "compare each EHR's visits with what is planned; ends with 3 when something differs",
      options: [ORGANIZATION, DAYS],
      run: drift,
    },
  ],
};

async function capabilities(
  { installation }: Cli,
  [name]: readonly string[],
  { organization }: Options,
): Promise<Outcome> {
  const answers = await installation.product(async (product) => {
    const facade = product.get(FhirFacade);
    const connections = await connectionsOf(product, { organization, name });
    return askEach(connections, async ({ ctx, id }) => {
      const { capabilities: found, table: rows } = await facade.describe(ctx, id);
      return { ...found, table: rows };
    });
  });
  return outcomeWith(answers, answers.flatMap(tableOfOne));
}

/** What one EHR can do, below its name. */
function tableOfOne(answer: Answer<{ table: CapabilityRow[] }>): string[] {
  const head = `${answer.slug}/${answer.name}`;
  if ('failure' in answer) return [];
  const rows = answer.value.table.map(({ question, answer: said, because, words }) => [
    question,
    said,
    because,
    words,
  ]);
  return [head, ...table(['QUESTION', 'ANSWER', 'BECAUSE', 'WHAT IT MEANS'], rows), ''];
}

async function sync(
  { installation, terminal }: Cli,
  [name]: readonly string[],
  { organization }: Options,
): Promise<Outcome> {
  const answers = await installation.product(async (product) => {
    const facade = product.get(FhirFacade);
    const connections = await connectionsOf(product, { organization, name });
    terminal.err(`Syncing ${connections.length} EHR connections…\n`);
    return askEach(connections, ({ ctx, id }) => facade.sync(ctx, id));
  });
  const cells = ({ strategy, rows, changed, gone, quarantined }: SyncFigures): string[] => [
    strategy,
    `${rows}`,
    `${sum(Object.values(changed))}`,
    `${gone}`,
    `${sum(Object.values(quarantined))}`,
  ];
  return outcomeOf(answers, ['STRATEGY', 'ROWS', 'CHANGED', 'GONE', 'PUT ASIDE'], cells);
}

async function drift(
  { installation, terminal }: Cli,
  [name]: readonly string[],
  { organization, days }: Options,
): Promise<Outcome> {
  const answers = await installation.product(async (product) => {
    const facade = product.get(SchedulingFacade);
    const connections = await connectionsOf(product, { organization, name });
    terminal.err(`Comparing ${connections.length} EHR connections…\n`);
    return askEach(connections, async ({ ctx, id }) =>
      driftDocument(await facade.drift(ctx, id, { count: days })),
    );
  });
  const shown = answers.flatMap((answer) => ('value' in answer ? [answer] : []));
  const lines = shown.flatMap(({ slug, name: connection, value }) => [
    `${slug}/${connection}`,
    ...driftLines(value),
    '',
  ]);
  const outcome = outcomeWith(answers, lines);
  const differs = shown.some(({ value }) => value.differences.length > 0);
  return outcome.exit === EXIT.ok && differs ? { ...outcome, exit: EXIT.findings } : outcome;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** One EHR that is away does not silence the others. */
function askEach<T>(
  connections: readonly Connection[],
  ask: (connection: Connection) => Promise<T>,
): Promise<Answer<T>[]> {
  return Promise.all(
    connections.map(async (connection) => {
      try {
        return { ...connection, value: await ask(connection) };
      } catch (error) {
        return { ...connection, failure: failureOf(error) };
      }
    }),
  );
}

function outcomeOf<T extends object>(
  answers: readonly Answer<T>[],
  heads: readonly string[],
  cells: (value: T) => string[],
): Outcome {
  const rows = answers.map((answer) => [
    answer.slug,
    answer.name,
    ...('value' in answer ? cells(answer.value) : [answer.failure.code]),
  ]);
  return outcomeWith(answers, table(['ORGANIZATION', 'CONNECTION', ...heads], rows));
}

/** The exit code is that of the first EHR that failed. */
function outcomeWith<T extends object>(answers: readonly Answer<T>[], lines: string[]): Outcome {
  const failed = answers.flatMap((answer) => ('failure' in answer ? [answer] : []));
  return {
    exit: failed[0]?.failure.exit ?? EXIT.ok,
    document: { connections: answers.map(documentOf) },
    lines: [
      ...lines,
      ...failed.map(({ slug, name, failure }) => `${slug}/${name}: ${failure.words.join(' ')}`),
    ],
  };
}

function documentOf<T extends object>(answer: Answer<T>): object {
  const connection = { organization: answer.slug, id: publicId('ehr', answer.id), name: answer.name };
  if ('value' in answer) return { ...connection, ...answer.value };
  return { ...connection, error: { code: answer.failure.code, words: answer.failure.words } };
}

/** Throws not-found when there is none of that name. */
async function connectionsOf(
  product: INestApplicationContext,
  wanted: { organization?: string; name?: string },
): Promise<Connection[]> {
  const facade = product.get(FhirFacade);
  const chosen = await chosenOrganizations(product, wanted.organization);
  const lists = await Promise.all(
    chosen.map(async (one) =>
      (await facade.connections(one.ctx)).map((connection) => ({ ...one, ...connection })),
    ),
  );
  const found = lists.flat().filter(({ name }) => wanted.name === undefined || name === wanted.name);
  if (wanted.name !== undefined && found.length === 0) throw notFound('EHR connection');
  return found;
}
