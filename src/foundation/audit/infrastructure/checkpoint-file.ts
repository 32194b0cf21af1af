import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../../platform/config/settings.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { addLine, isWholeNote } from '../domain/checkpoint.js';

/**
 * Checkpoints beside the database, where who may cut its tail cannot reach: `<data dir>/audit/<organization>.checkpoints`,
 * notes one after the other. Only ever appended to; copy it to another machine, or stream it away.
 */
@Injectable()
export class CheckpointFile {
  private readonly folder: string;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.folder = resolve(settings.dataDir, 'audit');
  }

  /** One write: two processes' notes never mix. */
  async append(organizationId: Uuid, note: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = await open(this.pathOf(organizationId), 'a', 0o600);
    try {
      // The empty line keeps a note whole behind one that a crash tore off.
      await file.write(`\n${note}`);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** The notes of an organization, in the order of the file; none when there is no file. A torn note is passed over. */
  async *notes(organizationId: Uuid, origin: string): AsyncGenerator<string> {
    const stream = createReadStream(this.pathOf(organizationId), 'utf8');
    let lines: string[] = [];
    try {
      for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
        lines = addLine(lines, line, origin);
        if (lines[0] === origin && isWholeNote(lines)) yield `${lines.join('\n')}\n`;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  private pathOf(organizationId: Uuid): string {
    return join(this.folder, `${organizationId}.checkpoints`);
  }
}
