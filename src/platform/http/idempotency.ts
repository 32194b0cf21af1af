import { Injectable } from '@nestjs/common';
import type { Context } from '../context/context.js';

export interface Answer {
  status: number;
  body: unknown;
}

export interface IdempotentRequest {
  key: string;
  method: string;
  path: string;
  body: unknown;
}

/** Handles a request once per key, and gives a repetition the first answer. */
export interface FirstAnswers {
  once(caller: Context, request: IdempotentRequest, handle: () => Promise<Answer>): Promise<Answer>;
}

/** Where the module that keeps first answers says so. */
@Injectable()
export class Idempotency {
  private kept: FirstAnswers | undefined;

  keepBy(kept: FirstAnswers): void {
    this.kept = kept;
  }

  get answers(): FirstAnswers {
    if (!this.kept) throw new Error('nobody keeps the first answers');
    return this.kept;
  }
}
