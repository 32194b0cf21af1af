import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from '../config/settings.js';
import { SandboxClockController } from './sandbox-clock.controller.js';

/** Whether the product's clock may be moved: the right to, and the route for it, exist in a sandbox alone. */
export function isClockMovable(settings: Settings): boolean {
  return settings.sandbox;
}

/** Said where the clock is to stand still. */
export const MOVED_CLOCK =
  "The clock of this database was moved: it is a sandbox's, and its times are not real ones. Start with SANDBOX=true, or name another database in DATABASE_URL.";

@Module({})
export class ClockModule {
  static with(settings: Settings): DynamicModule {
    return { module: ClockModule, controllers: isClockMovable(settings) ? [SandboxClockController] : [] };
  }
}
