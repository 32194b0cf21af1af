export const FAULT_NAMES = [
  'drop-all-sends',
  'drop-answer',
  'hang-answer',
  'error',
  'fail-later',
  'mute-statuses',
  'duplicate-webhooks',
  'reorder-statuses',
  'batch',
  'template-pause',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

export interface Fault {
  name: FaultName;
  phone_number_id?: string;
  count?: number;
  code?: number;
  status?: number;
  seconds?: number;
  template?: string;
  language?: string;
}

export interface Faults {
  add(fault: Fault): void;
  remove(name?: FaultName): Fault[];
  list(): Fault[];
  /** The fault in force for that number, left as it is. */
  find(name: FaultName, phoneNumberId: string): Fault | undefined;
  /** The same, spending one of its `count`. */
  take(name: FaultName, phoneNumberId: string): Fault | undefined;
}

export function makeFaults(): Faults {
  let faults: Fault[] = [];
  const find = (name: FaultName, phoneNumberId: string): Fault | undefined =>
    faults.find((fault) => fault.name === name && (fault.phone_number_id ?? phoneNumberId) === phoneNumberId);
  const spend = (fault: Fault): void => {
    if (fault.count === undefined) return;
    fault.count -= 1;
    if (fault.count <= 0) faults = faults.filter((other) => other !== fault);
  };
  const take = (name: FaultName, phoneNumberId: string): Fault | undefined => {
    const fault = find(name, phoneNumberId);
    if (!fault) return undefined;
    spend(fault);
    return fault;
  };
  const remove = (name?: FaultName): Fault[] => {
    const removed = faults.filter((fault) => name === undefined || fault.name === name);
    faults = faults.filter((fault) => !removed.includes(fault));
    return removed;
  };
  return {
    add: (fault) => void faults.push({ ...fault }),
    remove,
    list: () => faults.map((fault) => ({ ...fault })),
    find,
    take,
  };
}
