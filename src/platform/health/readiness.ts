import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether new work is still welcome. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  stopping = false;

  /** From here on `/health/ready` answers 503. Comes before anything else ends. */
  stop(): void {
    this.stopping = true;
  }

  onModuleDestroy(): void {
    this.stop();
  }
}
