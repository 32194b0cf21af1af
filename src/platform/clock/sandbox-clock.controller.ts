import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Fault } from '../errors/fault.js';
import { PublicRoute } from '../http/policy.js';
import { Settle } from '../jobs/settle.js';
import { ClockDto, MoveClockDto } from './clock.dto.js';
import { Clock } from './clock.js';

/** The sandbox's movable clock. This route does not exist unless SANDBOX=true. */
@Controller('sandbox/clock')
@PublicRoute('Only a sandbox has it, and a sandbox listens on this machine alone.')
export class SandboxClockController {
  constructor(
    @InjectDataSource() private readonly source: DataSource,
    private readonly settle: Settle,
    private readonly clock: Clock,
  ) {}

  @Get()
  async read(): Promise<ClockDto> {
    return { now: (await this.clock.now()).toISOString(), worked: 0 };
  }

  /** Moves the clock, wakes every loop, and answers when nothing due is left. */
  @Post()
  @HttpCode(200)
  async move(@Body() body: MoveClockDto): Promise<ClockDto> {
    if ((body.advance === undefined) === (body.set === undefined)) {
      throw new Fault({ code: 'clock.one-of', kind: 'invalid', words: 'Send either advance or set.' });
    }
    await this.source.query(
      body.set === undefined
        ? 'update platform.clock set ahead = ahead + $1::interval'
        : 'update platform.clock set ahead = $1::timestamptz - clock_timestamp()',
      [body.set ?? body.advance],
    );
    const worked = await this.settle.untilIdle();
    return { now: (await this.clock.now()).toISOString(), worked };
  }
}
