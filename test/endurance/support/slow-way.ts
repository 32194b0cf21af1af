import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SlowWay {
  url: string;
  stop(): Promise<void>;
}

/** A way to `url` on which everything asked takes so long; what is answered comes back at once. */
export async function slowWay(url: string, delayMs: number): Promise<SlowWay> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (bytes) => setTimeout(() => far.write(bytes), delayMs));
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
