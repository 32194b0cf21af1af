import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A program of the bench in a process of its own: it takes a task, or questions, and answers with messages. */
export interface Program<Answer> {
  /** Resolves with the program's next message. */
  next(): Promise<Answer>;
  /** Asks a program that serves; one question at a time. */
  ask<Reply>(question: object): Promise<Reply>;
  stop(): Promise<void>;
}

const FOLDER = fileURLToPath(new URL('..', import.meta.url));

/** Starts `bench/<file>`, with its task if it takes one. */
export function startProgram<Answer>(
  file: string,
  task: object | null,
  env: NodeJS.ProcessEnv = {},
): Program<Answer> {
  const child = fork(`${FOLDER}${file}`, {
    execArgv: ['--import', './config/tooling/run-typescript.mjs'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  if (task) child.send(task);
  return {
    next: () => nextOf<Answer>(child, file),
    ask: async <Reply>(question: object) => {
      child.send(question);
      return (await nextOf<{ reply: Reply }>(child, file)).reply;
    },
    stop: () => stop(child),
  };
}

/** The same for a program that has one answer. */
export async function runProgram<Answer>(
  file: string,
  task: object,
  env: NodeJS.ProcessEnv = {},
): Promise<Answer> {
  const program = startProgram<Answer>(file, task, env);
  try {
    return await program.next();
  } finally {
    await program.stop();
  }
}

/** The task, in the program itself. */
export function taskOf<Task>(): Promise<Task> {
  return new Promise((resolve) => process.once('message', (task) => resolve(task as Task)));
}

/** Answers the parent's questions, one after the other, and ends with the parent; in the program itself. */
export function serve<Question>(reply: (question: Question) => unknown): void {
  process.on('message', async (question: Question) => answer({ reply: (await reply(question)) ?? null }));
  process.once('disconnect', () => process.exit());
}

export function answer(message: object): void {
  process.send!(message);
}

function nextOf<Answer>(child: ChildProcess, file: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`${file} ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as Answer);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
