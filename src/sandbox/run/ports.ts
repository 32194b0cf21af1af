import { createServer } from 'node:net';

/** The port that people find in the README when it is free, else 0: any free one. */
export async function preferred(port: number): Promise<number> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  await new Promise((resolve) => server.close(resolve));
  return free ? port : 0;
}
