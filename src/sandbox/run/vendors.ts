import type { ProfileName } from '../ehr/profiles/index.js';

/** A vendor whose narrow FHIR the sandbox EHR can put on. */
interface Vendor {
  /** What the stand-in is told to be. */
  standIn: ProfileName;
  /** What the setup file says of the connection besides its `profile`. */
  connection: object;
  /** Visits cannot be searched there: the hospital's interface engine tells which to read, signed with this. */
  engineSecret?: string;
}

/** Of a sandbox on loopback: nothing is protected by it. */
const ENGINE_SECRET = 'sandbox-interface-engine-on-loopback';

/** By the names that `profile` takes in the setup file. */
const VENDORS = {
  open: { standIn: 'open', connection: {} },
  hapi: { standIn: 'hapi-like', connection: {} },
  epic: { standIn: 'epic-like', connection: {} },
  // A Communication there is a message of the staff's own: it needs somebody who sends and somebody who gets it.
  oracle: {
    standIn: 'oracle-like',
    connection: {
      summary: { carrier: 'auto', sender: 'Practitioner/501', recipients: ['Practitioner/502'] },
    },
  },
  athena: {
    standIn: 'athena-like',
    connection: { hints: { secret: { value: ENGINE_SECRET } } },
    engineSecret: ENGINE_SECRET,
  },
  healthlake: { standIn: 'healthlake-like', connection: {} },
} as const satisfies Record<string, Vendor>;

export type VendorName = keyof typeof VENDORS;

export const VENDOR_NAMES = Object.keys(VENDORS) as VendorName[];

export function isVendorName(name: string | undefined): name is VendorName {
  return VENDOR_NAMES.some((known) => known === name);
}

/** What `config/sandbox.yaml` says of a hospital's EHR when another vendor's is put in its place. */
export function connectionOf(vendor: VendorName): object {
  return { profile: vendor, ...VENDORS[vendor].connection };
}

/** With what the interface engine of a hospital with this EHR signs; null where it needs none. */
export function engineSecretOf(vendor: VendorName): string | null {
  return (VENDORS[vendor] as Vendor).engineSecret ?? null;
}

/** The arguments of the sandbox EHR for these choices. */
export function profileArguments(vendors: Record<string, VendorName>): string[] {
  return Object.entries(vendors).flatMap(([slug, vendor]) => [
    '--profile',
    `${slug}=${VENDORS[vendor].standIn}`,
  ]);
}
