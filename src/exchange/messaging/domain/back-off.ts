/**
 * A wait of at least `ms` and less than half as long again, in whole milliseconds: nobody comes too early, and those
 * who were turned away at one instant do not come back at one. `chance`: 0 ≤ chance < 1.
 */
export function spread(ms: number, chance: number): number {
  return Math.round(ms * (1 + chance / 2));
}
