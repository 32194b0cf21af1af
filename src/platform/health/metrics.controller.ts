import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PublicRoute } from '../http/policy.js';
import { Metrics } from './metrics.js';

@ApiExcludeController()
@Controller('metrics')
@PublicRoute('Counts and durations without ids; keep the port inside the hospital network.')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
