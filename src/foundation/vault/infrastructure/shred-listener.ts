import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DirectConnections } from '../../../platform/database/direct-connections.js';
import { Log } from '../../../platform/logging/log.js';
import { DataKeyCache } from '../application/data-key-cache.js';
import { DESTROYED_CHANNEL } from './data-key.repository.js';

const RETRY_MS = 1_000;

/** Hears of keys that any process destroys. While it hears nothing, this process keeps no keys. */
@Injectable()
export class ShredListener implements OnApplicationBootstrap, OnModuleDestroy {
  private close: () => void = () => undefined;
  private retry: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly connections: DirectConnections,
    private readonly cache: DataKeyCache,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.listen();
  }

  onModuleDestroy(): void {
    this.stopping = true;
    clearTimeout(this.retry);
    this.leave();
  }

  private async listen(): Promise<void> {
    try {
      const client = await this.connections.pool.connect();
      if (this.stopping) return client.release(true);
      client.on('notification', this.hear).on('error', this.lost).on('end', this.lost);
      this.close = () => {
        client.off('notification', this.hear).off('error', this.lost).off('end', this.lost);
        // Closed rather than given back: a pooled connection would go on listening.
        client.release(true);
      };
      await client.query(`listen ${DESTROYED_CHANNEL}`);
      this.cache.open();
    } catch (error) {
      this.log.warn('vault.listener-failed', {}, error);
      this.lost();
    }
  }

  private readonly hear = (message: { channel: string; payload?: string | undefined }): void => {
    if (message.channel === DESTROYED_CHANNEL && message.payload) this.cache.drop(message.payload);
  };

  private readonly lost = (): void => {
    this.leave();
    if (this.stopping) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.listen(), RETRY_MS).unref();
  };

  private leave(): void {
    this.cache.close();
    this.close();
    this.close = () => undefined;
  }
}
