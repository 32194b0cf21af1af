import type { KeyObject } from 'node:crypto';
import type { Context } from '../../../platform/context/context.js';
import { generationOf, openEnvelope, sealEnvelope, type Binding, type DataKey } from '../domain/envelope.js';
import { subjectKeyOf, type KeySubject, type Place, type SubjectKey } from '../domain/key-subject.js';
import { cannotOpen, keyDestroyed } from '../domain/vault.errors.js';
import type { OpenFailures } from './open-failures.js';

/** A subject's keys by generation; `destroyed` once they are gone for ever. */
export type SubjectKeys = 'destroyed' | ReadonlyMap<number, KeyObject>;

export function nameOf(organizationId: string, subject: { kind: string; id: string }): string {
  return `${organizationId}/${subject.kind}/${subject.id}`;
}

/** The key that new things are sealed with: the newest generation. Throws `vault.key-destroyed`, `vault.cannot-open`. */
export function newestOf(keys: SubjectKeys): DataKey {
  let newest: DataKey | null = null;
  for (const [generation, key] of livingOf(keys)) {
    if (newest === null || generation > newest.generation) newest = { generation, key };
  }
  if (newest === null) throw cannotOpen();
  return newest;
}

/** Throws `vault.key-destroyed`. */
export function livingOf(keys: SubjectKeys): ReadonlyMap<number, KeyObject> {
  if (keys === 'destroyed') throw keyDestroyed();
  return keys;
}

/** The keys of a batch: seals and opens without waiting. */
export class Keys {
  /** What the last seal was made with: the organization's own things are sealed by the hundred for one subject. */
  private last: { subject: KeySubject; key: DataKey; owner: SubjectKey } | undefined;

  constructor(
    private readonly ctx: Context,
    private readonly held: ReadonlyMap<string, SubjectKeys>,
    private readonly failures: OpenFailures,
  ) {}

  /** Throws `vault.key-destroyed`. */
  seal(subject: KeySubject, place: Place, plain: string | Uint8Array): Buffer {
    const bytes = typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain;
    const { key, owner } = this.sealingFor(subject);
    return sealEnvelope(key, { organizationId: this.ctx.organizationId, subject: owner, place }, bytes);
  }

  /** Throws `vault.cannot-open`, `vault.key-destroyed`. */
  open(subject: KeySubject, place: Place, envelope: Buffer): Buffer {
    const keys = livingOf(this.keysOf(subject));
    const generation = generationOf(envelope) ?? 0;
    const key = keys.get(generation);
    const plain = key ? openEnvelope({ key, generation }, this.bindingOf(subject, place), envelope) : null;
    if (plain) return plain;
    throw this.failures.report(this.ctx, {
      entity: { kind: place.table, id: place.row },
      detail: { column: place.column },
      ...(subject.kind === 'patient' ? { patientId: subject.id } : {}),
    });
  }

  openText(subject: KeySubject, place: Place, envelope: Buffer): string {
    return this.open(subject, place, envelope).toString('utf8');
  }

  private sealingFor(subject: KeySubject): { key: DataKey; owner: SubjectKey } {
    if (this.last?.subject !== subject) {
      const owner = subjectKeyOf(this.ctx.organizationId, subject);
      this.last = { subject, key: newestOf(this.keysOf(subject)), owner };
    }
    return this.last;
  }

  private keysOf(subject: KeySubject): SubjectKeys {
    const keys = this.held.get(
      nameOf(this.ctx.organizationId, subjectKeyOf(this.ctx.organizationId, subject)),
    );
    if (!keys) throw new TypeError('these keys were fetched for other subjects');
    return keys;
  }

  private bindingOf(subject: KeySubject, place: Place): Binding {
    const { organizationId } = this.ctx;
    return { organizationId, subject: subjectKeyOf(organizationId, subject), place };
  }
}
