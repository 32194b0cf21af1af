import pg from 'pg';
import type { TestDatabase } from '../../../support/database.js';

/** Reads or changes rows past row security, as the test's witness. */
export async function rowsOf<R>(
  { adminUrl }: TestDatabase,
  text: string,
  parameters: unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return (await client.query(text, parameters)).rows as R[];
  } finally {
    await client.end();
  }
}

/** Moves the product's clock so that it reads `at` now. */
export async function setClock(database: TestDatabase, at: Date): Promise<void> {
  await rowsOf(database, `update platform.clock set ahead = $1::timestamptz - clock_timestamp()`, [at]);
}
