import { Injectable } from '@nestjs/common';
import { detached, type Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Answer, FirstAnswers, IdempotentRequest } from '../../../platform/http/idempotency.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { VaultFacade, type Place } from '../../vault/index.js';
import { IdempotencyRepository } from '../infrastructure/idempotency.repository.js';

const SUBJECT = { kind: 'organization' } as const;

/** Remembers the first answer to an Idempotency-Key for 24 h, sealed, and gives it again. */
@Injectable()
export class Replay implements FirstAnswers {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: IdempotencyRepository,
    private readonly vault: VaultFacade,
  ) {}

  /**
   * Runs the request once. Throws `idempotency.other-body` (422) for the same key with another request,
   * `idempotency.in-progress` (409) while the first one runs.
   */
  async once(caller: Context, request: IdempotentRequest, handle: () => Promise<Answer>): Promise<Answer> {
    const ctx = detached(caller);
    // By HMAC: a key that a client made of a name, and a plain hash of a short body, would tell both to a dump.
    const key = (await this.vault.index(ctx, 'idempotency-key', request.key)).toString('base64url');
    const hash = await this.vault.index(ctx, 'idempotent-request', textOf(request));
    const id = await this.transactions.run(ctx, (tx) => this.repository.begin(tx, key, hash));
    if (id === null) return this.replay(ctx, key, hash);
    try {
      const answer = await handle();
      await this.remember(ctx, id, answer);
      return answer;
    } catch (error) {
      await this.transactions.run(ctx, (tx) => this.repository.forget(tx, id));
      throw error;
    }
  }

  private remember(ctx: Context, id: Uuid, answer: Answer): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const sealed = await this.vault.seal(tx, SUBJECT, placeOf(id), JSON.stringify(answer.body ?? null));
      await this.repository.answer(tx, id, answer.status, sealed);
    });
  }

  private replay(ctx: Context, key: string, hash: Buffer): Promise<Answer> {
    return this.transactions.run(ctx, async (tx) => {
      const known = await this.repository.known(tx, key);
      if (known && !known.requestHash.equals(hash)) throw otherBody();
      if (!known || known.status === null || known.answerSealed === null) throw inProgress();
      const text = await this.vault.openText(tx, SUBJECT, placeOf(known.id), known.answerSealed);
      return { status: known.status, body: JSON.parse(text) as unknown };
    });
  }
}

function placeOf(row: Uuid): Place {
  return { table: 'identity.idempotency_key', column: 'answer_sealed', row };
}

function textOf({ method, path, body }: IdempotentRequest): string {
  return JSON.stringify([method, path, body ?? null]);
}

function otherBody(): Fault {
  return new Fault({
    code: 'idempotency.other-body',
    kind: 'unprocessable',
    words: 'This Idempotency-Key was used for another request. Take a new key.',
  });
}

function inProgress(): Fault {
  return new Fault({
    code: 'idempotency.in-progress',
    kind: 'conflict',
    words: 'The first request with this Idempotency-Key is still in progress.',
    retryable: true,
  });
}
