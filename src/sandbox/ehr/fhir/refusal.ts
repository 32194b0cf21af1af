import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';

export interface Issue {
  code: OperationOutcomeIssue['code'];
  diagnostics: string;
  /** FHIRPath of the element at fault. */
  expression?: string;
  /** The vendor's own code for it. */
  vendorCode?: string;
}

/** How the EHR says no: an HTTP status and the issues of the OperationOutcome. */
export class Refusal extends Error {
  readonly issues: Issue[];

  constructor(
    readonly status: number,
    issues: Issue | Issue[],
    readonly headers: Record<string, string> = {},
  ) {
    super(`refused with ${status}`);
    this.issues = [issues].flat();
  }
}

const VENDOR_CODES = 'https://sandbox-ehr.example/CodeSystem/outcome';

export const refuse = (status: number, code: Issue['code'], diagnostics: string): Refusal =>
  new Refusal(status, { code, diagnostics });

export function operationOutcome(
  issues: Issue[],
  severity: OperationOutcomeIssue['severity'] = 'error',
): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ code, diagnostics, expression, vendorCode }) => ({
      severity,
      code,
      diagnostics,
      ...(vendorCode && { details: { coding: [{ system: VENDOR_CODES, code: vendorCode }] } }),
      ...(expression && { expression: [expression] }),
    })),
  };
}
