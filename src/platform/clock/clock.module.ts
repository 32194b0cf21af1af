import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from '../config/settings.js';
import { SandboxClockController } from './sandbox-clock.controller.js';

/** Whether the product's clock may be moved: the right to, and the route for it, exist in a sandbox alone. */
export function isClockMovable(settings: Settings): boolean {
  return settings.sandbox;
}

@Module({})
export class ClockModule {
  static with(settings: Settings): DynamicModule {
    return { module: ClockModule, controllers: isClockMovable(settings) ? [SandboxClockController] : [] };
  }
}
