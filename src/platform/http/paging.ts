import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Fault } from '../errors/fault.js';

/** `limit` and `cursor`, as on every list. */
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 100, default: 25 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 25;

  @ApiPropertyOptional({ description: 'next_cursor of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  cursor?: string;
}

/** Where the next page begins: the sort values of the last row, which are unique together. */
export type CursorKey = readonly (string | number)[];

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** Reads a cursor of `length` values; null for the first page. Throws `cursor.invalid`. */
export function readCursor(cursor: string | undefined, length: number): CursorKey | null {
  if (cursor === undefined) return null;
  const values = decode(cursor);
  if (Array.isArray(values) && values.length === length && values.every(isKeyPart)) return values;
  throw new Fault({ code: 'cursor.invalid', kind: 'invalid', words: 'The cursor is not one that we gave.' });
}

/** Cuts `limit + 1` rows to a page: ask the database for one more than the limit. */
export function pageOf<Row, T>(
  rows: Row[],
  limit: number,
  shape: { keyOf: (row: Row) => CursorKey; show: (row: Row) => T },
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data: shown.map(shape.show), next_cursor: more ? encode(shape.keyOf(last)) : null };
}

function encode(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function isKeyPart(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
