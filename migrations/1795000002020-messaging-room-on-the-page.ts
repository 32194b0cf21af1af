import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Each attempt is written once more when its answer comes, each pair with every message. With room on its own page that
 * touches no index: without it, three index entries for each attempt and one for each pair (measured).
 */
export class MessagingRoomOnThePage1795000002020 implements MigrationInterface {
  name = 'MessagingRoomOnThePage1795000002020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table messaging.attempt set (fillfactor = 50)`);
    await runner.query(`alter table messaging.pair set (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table messaging.pair reset (fillfactor)`);
    await runner.query(`alter table messaging.attempt reset (fillfactor)`);
  }
}
