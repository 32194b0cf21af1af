export const FAULT_NAMES = [
  'drop-all-sends',
  'drop-answer',
  'hang',
  'hang-answer',
  'hold-answer',
  'error',
  'fail-later',
  'mute-statuses',
  'reorder-statuses',
  'read-without-delivered',
  'duplicate-webhooks',
  'duplicate-updates',
  'reorder-webhooks',
  'batch',
  'template-pause',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/** The endpoint that a fault of a request is for unless it names another. */
export const SEND = 'POST messages';

export interface Fault {
  name: FaultName;
  phone_number_id?: string;
  /** Method and edge, as `GET message_templates`; the object itself is `GET node`, all of them `*`. */
  endpoint?: string;
  count?: number;
  /** Only every so many-th time that it would fit. */
  every?: number;
  code?: number;
  status?: number;
  seconds?: number;
  /** Answers a page of HTML in place of Meta's envelope. */
  page?: boolean;
  /** Resets the connection where it would be closed. */
  reset?: boolean;
  /** False: no status of this message is ever told. */
  statuses?: boolean;
  /** Puts the updates of one number into one change. */
  merge?: boolean;
  template?: string;
  language?: string;
}

export interface Faults {
  add(fault: Fault): void;
  remove(name?: FaultName): Fault[];
  list(): Fault[];
  /** The fault in force for that number, left as it is. */
  find(name: FaultName, phoneNumberId: string): Fault | undefined;
  /** The same, if this is its turn, spending one of its `count`. */
  take(name: FaultName, phoneNumberId: string, endpoint?: string): Fault | undefined;
}

interface InForce extends Fault {
  seen: number;
}

export function makeFaults(): Faults {
  let faults: InForce[] = [];
  const spend = (fault: InForce): void => {
    if (fault.count === undefined) return;
    fault.count -= 1;
    if (fault.count <= 0) faults = faults.filter((other) => other !== fault);
  };
  const isItsTurn = (fault: InForce): boolean => {
    fault.seen += 1;
    return fault.seen % (fault.every ?? 1) === 0;
  };
  const take = (name: FaultName, phoneNumberId: string, endpoint = SEND): Fault | undefined => {
    for (const fault of faults) {
      if (!fits(fault, name, phoneNumberId) || !isFor(fault, endpoint) || !isItsTurn(fault)) continue;
      spend(fault);
      return fault;
    }
    return undefined;
  };
  const remove = (name?: FaultName): Fault[] => {
    const removed = faults.filter((fault) => name === undefined || fault.name === name);
    faults = faults.filter((fault) => !removed.includes(fault));
    return removed;
  };
  return {
    add: (fault) => void faults.push({ ...fault, seen: 0 }),
    remove,
    list: () => faults.map(({ seen: _, ...fault }) => fault),
    find: (name, phoneNumberId) => faults.find((fault) => fits(fault, name, phoneNumberId)),
    take,
  };
}

const fits = (fault: Fault, name: FaultName, phoneNumberId: string): boolean =>
  fault.name === name && (fault.phone_number_id ?? phoneNumberId) === phoneNumberId;

const isFor = ({ endpoint = SEND }: Fault, wanted: string): boolean =>
  endpoint === wanted || endpoint === '*';
