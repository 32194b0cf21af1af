import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

/**
 * The product's time: the database's clock plus the sandbox's offset, as platform.now() has it.
 * For what a patient or a rule can feel; leases and durations use clock_timestamp() in SQL.
 */
@Injectable()
export class Clock {
  constructor(@InjectDataSource() private readonly source: DataSource) {}

  async now(): Promise<Date> {
    const [row] = await this.source.query<{ now: Date }[]>('select platform.now() as now');
    return row!.now;
  }
}
