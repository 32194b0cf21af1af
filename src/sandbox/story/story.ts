import { call } from '../run/http.js';
import { Product } from '../run/product.js';
import type { Progress } from '../run/progress.js';
import type { Sandbox } from '../run/sandbox.js';

export const STEPS = [
  'sync',
  'remind',
  'confirm',
  'cancel',
  'withdraw',
  'converse',
  'summarise',
  'read',
  'verify',
] as const;
export type StepName = (typeof STEPS)[number];

export type Figures = Record<string, unknown>;

/** A step of the main job that did not hold: what was seen is kept beside the words. */
export class NotHeld extends Error {
  constructor(
    words: string,
    readonly figures: Figures = {},
  ) {
    super(words);
  }
}

/** The part of `/v1/ehr-connections/{id}/capabilities` that decides how the main job ends. */
export interface EhrCan {
  appointment_write: 'L0' | 'L1' | 'L2' | 'L3';
  summary_carrier: 'B' | 'C' | 'D' | 'F';
}

const UNKNOWN: EhrCan = { appointment_write: 'L0', summary_carrier: 'F' };

/** What one hospital is in this run. */
export interface Hospital {
  slug: string;
  phoneNumberId: string;
  product: Product;
  /** What its EHR can do, as the product says it; known once the EHR has been read. */
  can: EhrCan;
  /** What was said to it and by it, for the steps that come after. */
  told: { conversation: string; words: string[] }[];
  /** WhatsApp numbers that said STOP, with how many messages they had got by then. */
  stopped: { number: string; messages: number }[];
}

/** One run of the main job: judged by `/v1` and by the stand-ins' own histories, by nothing else. */
export class Story {
  readonly hospitals: Hospital[];

  constructor(
    private readonly sandbox: Sandbox,
    readonly seed: number,
    readonly progress: Progress,
  ) {
    this.hospitals = sandbox.accounts.map(({ organization, phoneNumberId }) => ({
      slug: organization,
      phoneNumberId,
      product: new Product(sandbox.product, sandbox.apiKey, organization),
      can: UNKNOWN,
      told: [],
      stopped: [],
    }));
  }

  ehr<T>(path: string, body?: unknown): Promise<T> {
    return call<T>(this.sandbox.ehr, `/control/${path}`, { body });
  }

  whatsapp<T>(path: string, body?: unknown): Promise<T> {
    return call<T>(this.sandbox.whatsapp, `/control/${path}`, { body });
  }

  /** Moves the three clocks together, in strides, and lets everything that comes due happen. */
  async pass(stride: string, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      this.progress.advance(i, times);
      await this.whatsapp('clock', { advance: stride });
      await this.ehr('clock', { advance: stride });
      await this.settle(stride);
    }
  }

  /** Waits until nothing is under way: no webhook, no job, no due row. */
  async settle(stride = 'PT0S'): Promise<void> {
    await this.moveProduct(stride);
    // What the product sends comes back as statuses, which may cause sends: two rounds see the end of it.
    for (let round = 0; round < 2; round++) {
      await this.whatsapp('idle');
      await this.moveProduct('PT0S');
    }
  }

  private async moveProduct(stride: string): Promise<void> {
    await call(this.sandbox.product, '/sandbox/clock', { body: { advance: stride } });
  }
}
