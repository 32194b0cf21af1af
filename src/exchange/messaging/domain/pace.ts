/** 80 a second are allowed to a number (throughput page, May 2026), in and out together: we take 60. */
export const STANDARD_PER_SECOND = 60;
/** After Meta's automatic upgrade 1,000 are allowed. */
export const HIGH_PER_SECOND = 800;

/** A number may use what it saved up in this long. */
const NUMBER_BURST_MS = 1_000;

/** One message each 6 s to one contact; bursts are lent, 45 at most. We borrow 10. */
const PAIR_GAP_MS = 6_000;
const PAIR_BURST = 10;

export interface Paced {
  /** How many may go now. */
  granted: number;
  /** When the next one may go, if `granted` is less than what was wanted. */
  nextAt: Date;
  /** The instant up to which the rate is used up once those granted have gone. */
  usedUntil: Date;
}

export interface Rate {
  gapMs: number;
  burstMs: number;
}

export function numberRate(perSecond: number): Rate {
  return { gapMs: 1_000 / perSecond, burstMs: NUMBER_BURST_MS };
}

export const PAIR_RATE: Rate = { gapMs: PAIR_GAP_MS, burstMs: PAIR_GAP_MS * PAIR_BURST };

/** How many of `wanted` fit the rate now (GCRA: one instant is the whole bucket). */
export function pace(rate: Rate, now: Date, usedUntil: Date | null, wanted: number): Paced {
  const present = now.getTime();
  // A clock that was set back must not close the number for the difference.
  const used = Math.min(Math.max(usedUntil?.getTime() ?? present, present), present + rate.burstMs);
  const free = Math.floor((present + rate.burstMs - used) / rate.gapMs + 1e-6);
  const granted = Math.min(wanted, free);
  // A Date holds whole milliseconds: rounded up, so that the rate is never exceeded by the rounding.
  const after = Math.ceil(used + granted * rate.gapMs);
  const nextAt = Math.ceil(Math.max(present, after + rate.gapMs - rate.burstMs));
  return { granted, usedUntil: new Date(after), nextAt: new Date(nextAt) };
}
