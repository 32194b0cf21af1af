import { IsOptional, IsISO8601, Matches } from 'class-validator';

/** Exactly one of the two. */
export class MoveClockDto {
  /** ISO 8601 duration: `PT25H`. */
  @IsOptional()
  @Matches(/^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/)
  advance?: string;

  /** RFC 3339 instant. */
  @IsOptional()
  @IsISO8601({ strict: true })
  set?: string;
}

export class ClockDto {
  now: string;
  /** Rows that the loops worked until nothing was due. */
  worked: number;
}
