import { createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

const MOST = 10_000;
const KEEP_MS = 5 * 60_000;
const SWEEP_MS = 30_000;

/** The key bytes of one subject by generation. */
export type KeyBytes = ReadonlyMap<number, Buffer>;

interface Entry {
  bytes: KeyBytes;
  until: number;
}

/**
 * Data keys in use, the least recently used leaving first. Bytes are zero-filled as they leave; who asks gets a copy of
 * its own, so that no key turns to zeros under its user.
 */
@Injectable()
export class DataKeyCache implements OnModuleInit, OnModuleDestroy {
  private readonly entries = new Map<string, Entry>();
  private sweeper: NodeJS.Timeout | undefined;
  private listening = false;
  private drops = 0;

  onModuleInit(): void {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.sweeper);
    this.close();
  }

  /** Changes with every drop: a key that was read before one must not be kept after it. */
  get stamp(): number {
    return this.drops;
  }

  /** Begins to keep keys. Only a process that hears of destroyed keys may. */
  open(): void {
    this.listening = true;
  }

  /** Forgets everything and keeps nothing more. */
  close(): void {
    this.listening = false;
    for (const name of [...this.entries.keys()]) this.drop(name);
    this.drops++;
  }

  get(name: string, now: number = performance.now()): Map<number, KeyObject> | null {
    const entry = this.entries.get(name);
    if (!entry) return null;
    if (entry.until <= now) {
      this.evict(name);
      return null;
    }
    this.entries.delete(name);
    this.entries.set(name, entry);
    return new Map([...entry.bytes].map(([generation, bytes]) => [generation, createSecretKey(bytes)]));
  }

  /** Takes the bytes over; they are zero-filled when they leave, or at once when they may not be kept. */
  put(name: string, bytes: KeyBytes, stamp: number, now: number = performance.now()): void {
    if (!this.listening || stamp !== this.drops) return wipe(bytes);
    this.evict(name);
    this.entries.set(name, { bytes, until: now + KEEP_MS });
    if (this.entries.size > MOST) this.evict(this.entries.keys().next().value!);
  }

  drop(name: string): void {
    this.drops++;
    this.evict(name);
  }

  private sweep(now: number = performance.now()): void {
    for (const [name, entry] of this.entries) if (entry.until <= now) this.evict(name);
  }

  private evict(name: string): void {
    const entry = this.entries.get(name);
    if (!entry) return;
    wipe(entry.bytes);
    this.entries.delete(name);
  }
}

export function wipe(bytes: KeyBytes): void {
  for (const key of bytes.values()) key.fill(0);
}
