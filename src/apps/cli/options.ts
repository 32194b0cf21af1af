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
