import type { KeyObject } from 'node:crypto';
import {
  decodeProtectedHeader,
  errors,
  flattenedDecrypt,
  GeneralEncrypt,
  importJWK,
  type FlattenedJWE,
} from 'jose';
import { PATIENT_PREFIX } from './record-key.js';
import { badEscrowKey } from './vault.errors.js';

const KEY_WRAPPING = 'A256GCMKW';
/** For a hospital's own key. P-256 because HSMs and hospitals' tools have it. */
const ESCROW_WRAPPING = 'ECDH-ES+A256KW';
const CONTENT_ENCRYPTION = 'A256GCM';
/** RFC 7516 section 4.1.11, the JSON serialization. */
const TYPE = 'JOSE+JSON';
const RECORD_VERSION = 1;
/** Our records have one recipient, or two with a hospital's escrow key. */
const MOST_RECIPIENTS = 10;

/** What goes into the EHR. `identifier` is the Communication's: stable, also when the EHR merges two patients. */
export interface RecordContent {
  identifier: string;
  content: Uint8Array;
  /** Media type of the content. */
  contentType: string;
}

/** The public half of a hospital's own key, as a JWK. Who has the private half opens the record without us. */
export interface EscrowRecipient {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
  kid: string;
}

/** One recipient of a JWE, and the generation of the key that it names. */
export interface FoundRecipient {
  generation: number;
  flattened: FlattenedJWE;
}

/** JWE General JSON. Not compressed: the length of what is sealed would tell of its content. */
export async function sealJwe(
  record: RecordContent,
  recipient: { key: KeyObject; kid: string },
  escrow: EscrowRecipient | null = null,
): Promise<string> {
  const jwe = new GeneralEncrypt(record.content)
    .setProtectedHeader({
      enc: CONTENT_ENCRYPTION,
      typ: TYPE,
      cty: record.contentType,
      identifier: record.identifier,
      version: RECORD_VERSION,
    })
    .addRecipient(recipient.key)
    .setUnprotectedHeader({ alg: KEY_WRAPPING, kid: recipient.kid });
  if (escrow) {
    jwe
      .addRecipient(await escrowKeyOf(escrow))
      .setUnprotectedHeader({ alg: ESCROW_WRAPPING, kid: escrow.kid });
  }
  return JSON.stringify(await jwe.encrypt());
}

/** Only the public half is taken, whatever else the JWK holds. Throws `vault.escrow-key`. */
async function escrowKeyOf({ x, y, kid }: EscrowRecipient) {
  // A kid of ours would let the hospital's recipient pass for the patient's.
  if (kid === '' || kid.startsWith(`${PATIENT_PREFIX}_`)) throw badEscrowKey();
  // Nothing else can go wrong here than a point beside the curve; jose and WebCrypto name it differently.
  return importJWK({ kty: 'EC', crv: 'P-256', x, y }, ESCROW_WRAPPING).catch(() => {
    throw badEscrowKey();
  });
}

/** Picks the recipient by its kid, never by trying one after the other. Null when there is none, or no JWE. */
export function readJwe(text: string, generationOf: (kid: string) => number | null): FoundRecipient | null {
  const jwe = parseObject(text);
  const recipients = jwe?.['recipients'];
  if (!jwe || !Array.isArray(recipients) || recipients.length > MOST_RECIPIENTS) return null;
  const { recipients: _, ...shared } = jwe;
  for (const recipient of recipients as unknown[]) {
    const kid = kidOf(recipient);
    const generation = kid === null ? null : generationOf(kid);
    if (generation === null) continue;
    // Its shape is for jose to judge.
    return { generation, flattened: { ...shared, ...(recipient as object) } as unknown as FlattenedJWE };
  }
  return null;
}

/** Null when it was changed, is for another key, or carries another identifier. */
export async function openJwe(
  jwe: FlattenedJWE,
  key: KeyObject,
  identifier: string,
): Promise<Uint8Array | null> {
  try {
    const header = decodeProtectedHeader(jwe);
    // Checked before the work, and true only if the decryption then holds: these headers are authenticated by it.
    if (header['identifier'] !== identifier || header['version'] !== RECORD_VERSION) return null;
    if (header.typ !== TYPE || 'zip' in header) return null;
    const { plaintext } = await flattenedDecrypt(jwe, key, {
      keyManagementAlgorithms: [KEY_WRAPPING],
      contentEncryptionAlgorithms: [CONTENT_ENCRYPTION],
    });
    return plaintext;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}

function kidOf(recipient: unknown): string | null {
  const kid = (recipient as { header?: { kid?: unknown } } | null)?.header?.kid;
  return typeof kid === 'string' ? kid : null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
