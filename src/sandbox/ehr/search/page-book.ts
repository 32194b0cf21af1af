import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { isResourceType, type ResourceType } from '../resource.js';

/** Older crawls than this are forgotten, as a real server forgets its stored searches. */
const MAX_OPEN_CRAWLS = 1000;

/** The rows that one search found, kept so that its pages show each of them once whatever changes meanwhile. */
export interface Crawl {
  type: ResourceType;
  ids: string[];
  includes: string[];
  count: number;
}

interface OpenCrawl {
  crawl: Crawl;
  openedAt: number;
}

/** The pages behind the opaque ids of next links. */
export class PageBook {
  readonly #crawls = new Map<string, OpenCrawl>();

  constructor(private readonly clock: Clock) {}

  open(crawl: Crawl): string {
    const [oldest] = this.#crawls.keys();
    if (oldest && this.#crawls.size >= MAX_OPEN_CRAWLS) this.#crawls.delete(oldest);
    const key = randomUUID();
    this.#crawls.set(key, { crawl, openedAt: this.clock.now().getTime() });
    return key;
  }

  /** Forgets every crawl: next links given before are dead. */
  expire(): void {
    this.#crawls.clear();
  }

  pageId(key: string, offset: number): string {
    return Buffer.from(`${key}/${offset}/${this.#crawls.get(key)?.crawl.type ?? ''}`).toString('base64url');
  }

  /** The type whose rows a page shows; undefined when this is no id of a page. */
  typeOf(pageId: string): ResourceType | undefined {
    const [, , type] = Buffer.from(pageId, 'base64url').toString().split('/');
    return isResourceType(type) ? type : undefined;
  }

  /** The page of an id; undefined when it is no longer kept, or never was. */
  read(pageId: string, keptMinutes: number): { key: string; crawl: Crawl; offset: number } | undefined {
    const [key = '', offset = ''] = Buffer.from(pageId, 'base64url').toString().split('/');
    const open = this.#crawls.get(key);
    if (!open || !/^\d+$/.test(offset)) return undefined;
    if (this.clock.now().getTime() - open.openedAt > keptMinutes * 60_000) return undefined;
    return { key, crawl: open.crawl, offset: Number(offset) };
  }
}
