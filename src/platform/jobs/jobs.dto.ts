import { IsIn, IsOptional } from 'class-validator';
import { PageQuery } from '../http/paging.js';

export class JobQuery extends PageQuery {
  @IsOptional()
  @IsIn(['waiting', 'running', 'failed'])
  state?: 'waiting' | 'running' | 'failed';
}

/** Background work of this hospital that is not done yet. */
export class JobDto {
  id: string;
  /** `module.handler@1` */
  task: string;
  /** `failed`: it has no attempt left and waits for a person. */
  state: 'waiting' | 'running' | 'failed';
  attempts: number;
  max_attempts: number;
  /** Code of the last failure. */
  last_error: string | null;
  run_at: string;
  created_at: string;
}

export class JobPageDto {
  data: JobDto[];
  next_cursor: string | null;
}
