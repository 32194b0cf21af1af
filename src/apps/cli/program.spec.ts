import { ConfigurationFault } from '../../platform/config/settings.js';
import type { Installation } from './installation.js';
import { run } from './program.js';
import { FakeTerminal } from './terminal.fake.js';

const untouched = (): never => {
  throw new Error('a wrong command line must not open anything');
};

const closed: Installation = {
  settings: untouched,
  migrate: untouched,
  product: untouched,
  productOn: untouched,
  server: untouched,
  leave: async () => undefined,
};

async function say(line: string, installation: Partial<Installation> = {}) {
  const terminal = new FakeTerminal();
  const argv = line.split(' ').filter(Boolean);
  const exit = await run(argv, { terminal, installation: { ...closed, ...installation } });
  return { exit, terminal };
}

describe('the command line', () => {
  it.each([
    '',
    'db',
    'nonsense',
    'db nonsense',
    'db migrate now',
    'db status --nonsense',
    'jobs retry',
    'jobs retry twelve',
    'jobs list --state lost',
    'keys rewrap --destroy some',
    'jobs list --limit 0',
    'jobs list --limit many',
  ])('refuses `carethread %s` with exit code 2, in words and on stderr alone', async (line) => {
    const { exit, terminal } = await say(line);

    expect(exit).toBe(2);
    expect(terminal.stderr).not.toBe('');
    expect(terminal.stdout).toBe('');
  });

  it('shows its help on stdout when it is asked for', async () => {
    const { exit, terminal } = await say('--help');

    expect(exit).toBe(0);
    for (const noun of ['setup', 'db', 'audit', 'keys', 'ehr', 'inbox', 'jobs', 'doctor', 'openapi']) {
      expect(terminal.stdout).toContain(`  ${noun}`);
    }
  });

  it('answers with words for people', async () => {
    const { exit, terminal } = await say('db migrate', { migrate: async () => ['First1', 'Second2'] });

    expect(exit).toBe(0);
    expect(terminal.stdout).toBe('applied  First1\napplied  Second2\n');
  });

  it('answers with one JSON document when it is told to', async () => {
    const { exit, terminal } = await say('db migrate --json', { migrate: async () => ['First1'] });

    expect(exit).toBe(0);
    expect(terminal.document()).toEqual({ applied: ['First1'] });
    expect(terminal.stderr).toBe('');
  });

  it('answers a wrong command line with one JSON document too', async () => {
    const { exit, terminal } = await say('db status --nonsense --json');

    expect(exit).toBe(2);
    expect(terminal.document()).toEqual({
      error: { code: 'usage', words: [expect.stringContaining('--nonsense')] },
    });
  });

  it('lists every fault of the configuration at once and ends with 78', async () => {
    const migrate = async (): Promise<string[]> => {
      throw new ConfigurationFault(['PORT must be a whole number.', 'LOG_LEVEL must be known.']);
    };

    const people = await say('db migrate', { migrate });
    const script = await say('db migrate --json', { migrate });

    expect([people.exit, script.exit]).toEqual([78, 78]);
    expect(people.terminal.stderr).toBe('PORT must be a whole number.\nLOG_LEVEL must be known.\n');
    expect(people.terminal.stdout).toBe('');
    expect(script.terminal.document()).toEqual({
      error: { code: 'configuration', words: ['PORT must be a whole number.', 'LOG_LEVEL must be known.'] },
    });
  });

  it('lets the doctor name the faults of the configuration, and ends with 78', async () => {
    const settings = (): never => {
      throw new ConfigurationFault(['PORT must be a whole number.']);
    };

    const { exit, terminal } = await say('doctor --json', { settings });

    expect(exit).toBe(78);
    expect(terminal.document()).toMatchObject({
      ok: false,
      findings: [{ check: 'configuration', state: 'broken', finding: 'PORT must be a whole number.' }],
    });
  });
});
