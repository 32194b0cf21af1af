import { InvalidArgumentError, Option } from 'commander';

const MOST = 1_000;

export const ORGANIZATION = new Option('--organization <slug>', 'one hospital instead of all');

export const STATE = new Option('--state <state>', 'only these').choices(['waiting', 'running', 'failed']);

export const LIMIT = new Option('--limit <n>', 'at most so many of each hospital')
  .default(50)
  .argParser((text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= MOST) return value;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST}.`);
  });

const MOST_DAYS = 14;

export const DAYS = new Option('--days <n>', 'so many days from today on').default(8).argParser((text) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST_DAYS) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_DAYS}.`);
});

export const DESTROY = new Option(
  '--destroy [which]',
  'then destroy older epochs that wrap nothing any more, for ever: all of them, or only those that are due ' +
    '(replaced 35 days ago). A backup of the database from their time opens no more',
)
  .choices(['all', 'due'])
  .preset('all');

export const TASK = new Option(
  '--task <task>',
  'every failed job of this task, as carethread jobs list shows it',
);
