import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Loops } from '../../../platform/jobs/loops.js';
import { CountCopies } from './count-copies.js';
import { KeepSubscriptions } from './hints/keep-subscriptions.js';
import { ReadHints } from './hints/read-hints.js';
import { WriteKept } from './kept/write-kept.js';
import { COPIES_LOOP, HINT_LOOP, KEPT_LOOP, PROBE_LOOP, SUBSCRIPTION_LOOP, SYNC_LOOP } from './loop-names.js';
import { Probe } from './probe.js';
import { Sync } from './sync.js';

const SYNC_EVERY_MS = 1_000;
const PROBE_EVERY_MS = 5_000;
const HINTS_EVERY_MS = 1_000;
const SUBSCRIPTIONS_EVERY_MS = 30_000;
/** What an EHR comes to offer is found once a day. */
const KEPT_EVERY_MS = 30_000;
/** Once a night each; a count that failed is tried again this often. */
const COPIES_EVERY_MS = 300_000;

@Injectable()
export class FhirLoops implements OnModuleInit {
  constructor(
    private readonly loops: Loops,
    private readonly sync: Sync,
    private readonly probe: Probe,
    private readonly hints: ReadHints,
    private readonly subscriptions: KeepSubscriptions,
    private readonly copies: CountCopies,
    private readonly kept: WriteKept,
  ) {}

  onModuleInit(): void {
    this.loops.register({ name: PROBE_LOOP, everyMs: PROBE_EVERY_MS, claim: (ctx) => this.probe.claim(ctx) });
    this.loops.register({ name: HINT_LOOP, everyMs: HINTS_EVERY_MS, claim: (ctx) => this.hints.claim(ctx) });
    this.loops.register({
      name: SUBSCRIPTION_LOOP,
      everyMs: SUBSCRIPTIONS_EVERY_MS,
      claim: (ctx) => this.subscriptions.claim(ctx),
    });
    this.loops.register({
      name: COPIES_LOOP,
      everyMs: COPIES_EVERY_MS,
      claim: (ctx) => this.copies.claim(ctx),
    });
    this.loops.register({ name: KEPT_LOOP, everyMs: KEPT_EVERY_MS, claim: (ctx) => this.kept.claim(ctx) });
    this.loops.register({ name: SYNC_LOOP, everyMs: SYNC_EVERY_MS, claim: (ctx) => this.sync.claim(ctx) });
  }
}
