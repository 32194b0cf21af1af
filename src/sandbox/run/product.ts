import { randomUUID } from 'node:crypto';
import { call, type Call } from './http.js';

interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** The product's admin API, as one hospital's integration engineer would call it. */
export class Product {
  constructor(
    readonly url: string,
    private readonly apiKey: string,
    private readonly organization: string,
  ) {}

  get<T>(path: string): Promise<T> {
    return this.call<T>(path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.call<T>(path, { body, headers: { 'Idempotency-Key': randomUUID() } });
  }

  /** Walks every page of a list. */
  async all<T>(path: string): Promise<T[]> {
    const rows: T[] = [];
    let cursor: string | null = null;
    do {
      const separator = path.includes('?') ? '&' : '?';
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<T> = await this.get<Page<T>>(`${path}${separator}limit=100${next}`);
      rows.push(...page.data);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return rows;
  }

  /** The same hospital through another key. */
  withKey(apiKey: string, organization: string = this.organization): Product {
    return new Product(this.url, apiKey, organization);
  }

  private call<T>(path: string, options: Call = {}): Promise<T> {
    const headers = {
      authorization: `Bearer ${this.apiKey}`,
      'x-organization': this.organization,
      ...options.headers,
    };
    return call<T>(this.url, path, { ...options, headers });
  }
}
