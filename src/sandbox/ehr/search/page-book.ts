import { randomUUID } from 'node:crypto';
import { refuse } from '../fhir/refusal.js';
import type { ResourceType } from '../resource.js';

/** Older crawls than this are forgotten, as a real server forgets its stored searches. */
const MAX_OPEN_CRAWLS = 1000;

/** The rows that one search found, kept so that its pages show each of them once whatever changes meanwhile. */
export interface Crawl {
  type: ResourceType;
  ids: string[];
  includes: string[];
  count: number;
}

/** The pages behind the opaque ids of next links. */
export class PageBook {
  readonly #crawls = new Map<string, Crawl>();

  open(crawl: Crawl): string {
    const [oldest] = this.#crawls.keys();
    if (oldest && this.#crawls.size >= MAX_OPEN_CRAWLS) this.#crawls.delete(oldest);
    const key = randomUUID();
    this.#crawls.set(key, crawl);
    return key;
  }

  /** Forgets every crawl: next links given before answer 410. */
  expire(): void {
    this.#crawls.clear();
  }

  pageId(key: string, offset: number): string {
    return Buffer.from(`${key}/${offset}`).toString('base64url');
  }

  read(pageId: string): { key: string; crawl: Crawl; offset: number } {
    const [key = '', offset = ''] = Buffer.from(pageId, 'base64url').toString().split('/');
    const crawl = this.#crawls.get(key);
    if (!crawl || !/^\d+$/.test(offset))
      throw refuse(410, 'expired', 'This page is no longer kept; search again');
    return { key, crawl, offset: Number(offset) };
  }
}
