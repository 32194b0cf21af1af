/** Meta's customer service window: 24 h from the timestamp of the user's last message (service messages page, May 2026). */
export const WINDOW_MS = 24 * 60 * 60 * 1000;

export interface CustomerServiceWindow {
  open: boolean;
  /** When it closes, or closed; null when nothing ever came in. */
  closesAt: Date | null;
}

/** Open for less than 24 h after the last inbound message's own timestamp; closed from exactly 24 h on. */
export function windowAt(now: Date, lastInboundAt: Date | null): CustomerServiceWindow {
  if (lastInboundAt === null) return { open: false, closesAt: null };
  const closesAt = new Date(lastInboundAt.getTime() + WINDOW_MS);
  return { open: now.getTime() < closesAt.getTime(), closesAt };
}
