import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as Listener } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any request that we answer should take; then its sender has to ask another process. */
const ANSWER_WITHIN_MS = 10_000;

const LAST_ANSWERS_MS = 2_000;

/** The HTTP server's way out. To be made before it listens. */
export class Edge {
  private readonly underWay = new Set<ServerResponse>();
  private closing = false;
  private answered: () => void = () => undefined;

  constructor(private readonly server: Server) {
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.underWay.add(response);
      if (this.closing) response.shouldKeepAlive = false;
      response.once('close', () => {
        this.underWay.delete(response);
        if (this.underWay.size === 0) this.answered();
      });
    });
  }

  /**
   * Takes no new connection, answers what is under way, and tells every sender to come back on another connection.
   * Connections that are open stay so until `work` has ended too, for one more request each: a probe that keeps its
   * connection reads 503 there, and a proxy that just writes a request on one meets no reset. Resolves once all are
   * closed, within 10 s or as soon as `work` has ended, whichever is later.
   */
  async close(work: Promise<unknown>): Promise<void> {
    this.closing = true;
    for (const response of this.underWay) response.shouldKeepAlive = false;
    const limit = sleep(ANSWER_WITHIN_MS, undefined, { ref: false });
    // That of http.Server cuts the connections that are idle just now.
    const closed = new Promise<void>((resolve) =>
      Listener.prototype.close.call(this.server, () => resolve()),
    );
    await Promise.all([work, Promise.race([this.allAnswered(), limit])]);
    this.server.closeIdleConnections();
    // Whoever was answered just now hangs up; who began a request at the very end is answered too.
    const last = sleep(LAST_ANSWERS_MS, undefined, { ref: false });
    await Promise.race([closed, Promise.all([limit, last])]);
    this.server.closeAllConnections();
  }

  private allAnswered(): Promise<void> {
    if (this.underWay.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.answered = resolve));
  }
}
