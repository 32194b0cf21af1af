import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether new work is still welcome. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  stopping = false;

  onModuleDestroy(): void {
    this.stopping = true;
  }
}
