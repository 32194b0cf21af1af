import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import type { Uuid } from '../../platform/ids/ids.js';
import type { SummaryStatus } from './domain/summary.states.js';

@Injectable()
export class SummariesFacade {
  forPatient(_ctx: Context, _patientId: Uuid): Promise<SummaryStatus[]> {
    throw new Error('being written');
  }
}
