import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process of ours that answers questions. */
export interface Helper<Question> {
  ask<Answer>(question: Question): Promise<Answer>;
  stop(): void;
}

const LOADER = new URL('../../config/tooling/run-typescript.mjs', import.meta.url).href;

/** Starts a TypeScript file beside this one as a process of its own. */
export function startHelper<Question>(file: string): Helper<Question> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--import', LOADER],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  ended.catch(() => undefined);
  const ask = <Answer>(question: Question): Promise<Answer> => {
    const answered = new Promise<Answer>((resolve) =>
      child.once('message', ({ answer }: { answer: Answer }) => resolve(answer)),
    );
    child.send(question as object);
    return Promise.race([answered, ended]);
  };
  return { ask, stop: () => void child.kill() };
}

/** Answers the parent's questions, one after the other, and ends with the parent. */
export function serve<Question>(answer: (question: Question) => unknown): void {
  process.on('message', async (question: Question) => {
    process.send!({ answer: (await answer(question)) ?? null });
  });
  process.once('disconnect', () => process.exit());
}
