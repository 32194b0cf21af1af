import type { INestApplicationContext } from '@nestjs/common';
import { type Capabilities, FhirFacade } from '../../../exchange/fhir/index.js';
import { notFound } from '../../../platform/errors/fault.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import { EXIT, type Failure, failureOf } from '../exit-codes.js';
import { ORGANIZATION } from '../options.js';
import { chosenOrganizations, type Chosen } from '../organizations.js';
import { table } from '../table.js';
import type { Cli, Noun, Options, Outcome } from '../verb.js';

interface Connection extends Chosen {
  id: Uuid;
  name: string;
}

type Answer<T> = { value: T } | { failure: Failure };

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
    return Promise.all(
      connections.map(async (connection) => ({
        connection,
        answer: await answerOf(() => facade.capabilities(connection.ctx, connection.id)),
      })),
    );
  });
  return {
    exit: answers.flatMap(({ answer }) => ('failure' in answer ? [answer.failure.exit] : []))[0] ?? EXIT.ok,
    document: { connections: answers.map(({ connection, answer }) => documentOf(connection, answer)) },
    lines: table(
      ['ORGANIZATION', 'CONNECTION', 'FHIR', 'SYNC', 'APPOINTMENTS', 'SUMMARIES'],
      answers.map(({ connection, answer }) => [connection.slug, connection.name, ...cellsOf(answer)]),
    ),
  };
}

/** One EHR that is away does not silence the others. */
async function answerOf<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function documentOf({ slug, id, name }: Connection, answer: Answer<Capabilities>): object {
  const outcome =
    'value' in answer
      ? { capabilities: answer.value }
      : { error: { code: answer.failure.code, words: answer.failure.words } };
  return { organization: slug, id: publicId('ehr', id), name, ...outcome };
}

function cellsOf(answer: Answer<Capabilities>): string[] {
  if ('failure' in answer) return [answer.failure.words.join(' ')];
  const { fhirVersion, syncStrategy, appointmentWrite, summaryCarrier } = answer.value;
  return [fhirVersion, syncStrategy, appointmentWrite, summaryCarrier];
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
