import type { Communication } from 'fhir/r4.js';
import type { Hospital } from './hospital.js';
import type { StoredResource } from './resource.js';
import { list } from './validate/list.js';

/** Keeps each attachment of a message as the Binary `{id}-{n}` that a search shows in its place. */
export function keepBinaries({ stores }: Hospital, row: StoredResource): void {
  const { payload } = row as unknown as Communication;
  list(payload).forEach(({ contentAttachment: part }, n) => {
    if (part?.data === undefined) return;
    const { contentType, data } = part;
    const binary = { resourceType: 'Binary', contentType, data };
    stores.Binary.put(stores.Binary.stamp(binary, `${row.id}-${n}`));
  });
}
