#!/usr/bin/env node
import 'reflect-metadata';
import { constants } from 'node:os';
import { installationOf } from './installation.js';
import { run } from './program.js';
import { commandSettings } from './settings.js';
import { terminalOn } from './terminal.js';

/** A shell's exit code for a process that a signal ended. */
const SIGNAL_BASE = 128;

// What Node tells developers is nothing for whoever types a command.
process.removeAllListeners('warning');

const installation = installationOf(commandSettings);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    const end = (): never => process.exit(SIGNAL_BASE + constants.signals[signal]);
    installation.leave().then(end, end);
  });
}

// Whoever read our answer has enough: `carethread openapi | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const exit = await run(process.argv.slice(2), {
  installation,
  terminal: terminalOn(process.stdout, process.stderr),
});
process.stdout.write('', () => process.exit(exit));
