import type { Uuid } from '../../../../platform/ids/ids.js';

/** The work item about a kept resource that the EHR refused, or whose patient it keeps closed. */
export const refusedKey = (id: Uuid): string => `fhir.kept:${id}`;
