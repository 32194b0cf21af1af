import { FakeTerminal } from './terminal.fake.js';
import { Progress } from './terminal.js';

describe('progress', () => {
  it('draws over itself on stderr while a person watches', () => {
    const terminal = new FakeTerminal(true);
    const progress = new Progress(terminal);

    progress.show(1, 2, 'st-marys: 5 events');
    progress.end();

    expect(terminal.stderr).toContain('[############............] st-marys: 5 events');
    expect(terminal.stderr.endsWith('\r\u001b[2K')).toBe(true);
    expect(terminal.stdout).toBe('');
  });

  it('is silent in a pipe', () => {
    const terminal = new FakeTerminal(false);
    const progress = new Progress(terminal);

    progress.show(1, 2, 'st-marys: 5 events');
    progress.end();

    expect(terminal.stderr).toBe('');
  });
});
