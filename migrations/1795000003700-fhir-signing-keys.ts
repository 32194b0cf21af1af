import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, protect } from '../src/platform/database/migration-support.js';

/** The keys by which we sign in to EHRs, and the directory of their public parts. */
export class FhirSigningKeys1795000003700 implements MigrationInterface {
  name = 'FhirSigningKeys1795000003700';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table fhir.signing_key (
        organization_id uuid not null,
        id uuid not null,
        connection_id uuid not null,
        public_jwk jsonb not null,
        private_sealed bytea not null,
        signs_from timestamptz,
        gone_at timestamptz,
        constraint pk_signing_key primary key (organization_id, id))`);
    await runner.query(
      `create index ix_signing_key_connection on fhir.signing_key (organization_id, connection_id)`,
    );
    await protect(runner, 'fhir.signing_key', ['select', 'insert', 'update', 'delete']);
    // What an EHR asks for before anything is known of it: public keys alone.
    await runner.query(`
      create table fhir.published_key (
        connection_id uuid not null,
        kid text not null,
        organization_id uuid not null,
        jwk jsonb not null,
        gone_at timestamptz,
        constraint pk_published_key primary key (connection_id, kid))`);
    await grant(runner, 'fhir.published_key', ['select', 'insert', 'delete']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table fhir.published_key`);
    await runner.query(`drop table fhir.signing_key`);
  }
}
