import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';

/** Whether new work is still welcome. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  stopping = false;

  beforeApplicationShutdown(): void {
    this.stopping = true;
  }
}
