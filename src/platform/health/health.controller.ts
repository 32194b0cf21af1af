import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  TypeOrmHealthIndicator,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { Fault } from '../errors/fault.js';
import { PublicRoute } from '../http/policy.js';
import { Readiness } from './readiness.js';

const DATABASE_TIMEOUT_MS = 2_000;

@ApiExcludeController()
@Controller('health')
@PublicRoute('Probes carry no credentials and learn nothing but up or down.')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly readiness: Readiness,
  ) {}

  /** The process runs. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** The process takes work: it is not stopping, and the database answers. */
  @Get('ready')
  @HealthCheck({ noCache: true })
  async ready(): Promise<HealthCheckResult> {
    if (this.readiness.stopping) throw notReady();
    try {
      return await this.health.check([
        () => this.database.pingCheck('database', { timeout: DATABASE_TIMEOUT_MS }),
      ]);
    } catch {
      throw notReady();
    }
  }
}

function notReady(): Fault {
  return new Fault({
    code: 'health.not-ready',
    kind: 'unavailable',
    words: 'The database is away or the process is stopping.',
    retryable: true,
  });
}
