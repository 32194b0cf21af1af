import { Injectable } from '@nestjs/common';
import type { Context } from '../context/context.js';

/** Handles the ids of one event. Must be idempotent: a job may run twice. */
export type EventHandler = (ctx: Context, ids: string[]) => Promise<void>;

const TASK = /^[a-z-]+\.[A-Za-z]+@\d+$/;

/** Who listens to what. Filled while the modules start, in every role, so that a web process knows its listeners too. */
@Injectable()
export class Listeners {
  private readonly tasks = new Map<string, EventHandler>();
  private readonly byEvent = new Map<string, string[]>();

  /** `task` names the job: `module.handler@1`. A handler whose payload changes meaning gets a new number. */
  on(event: string, task: string, handle: EventHandler): void {
    if (!TASK.test(task)) throw new TypeError(`${task} is not module.handler@number`);
    if (this.tasks.has(task)) throw new TypeError(`${task} is registered twice`);
    this.tasks.set(task, handle);
    this.byEvent.set(event, [...this.tasksOf(event), task]);
  }

  tasksOf(event: string): readonly string[] {
    return this.byEvent.get(event) ?? [];
  }

  all(): ReadonlyMap<string, EventHandler> {
    return this.tasks;
  }
}
