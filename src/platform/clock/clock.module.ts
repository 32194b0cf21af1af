import { Module } from '@nestjs/common';
import { SandboxClockController } from './sandbox-clock.controller.js';

/** Present only in a sandbox. */
@Module({ controllers: [SandboxClockController] })
export class ClockModule {}
