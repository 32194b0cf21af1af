import type { Issue } from '../fhir/refusal.js';

export const invalid = (expression: string, diagnostics: string): Issue => ({
  code: 'invariant',
  expression,
  diagnostics,
});

export const badValue = (expression: string, diagnostics: string): Issue => ({
  code: 'value',
  expression,
  diagnostics,
});

export const missing = (expression: string): Issue => ({
  code: 'required',
  expression,
  diagnostics: `${expression} is required`,
});

/** An empty list when `sound`, else the issue. */
export const unless = <I extends Issue>(sound: boolean, issue: I): I[] => (sound ? [] : [issue]);
