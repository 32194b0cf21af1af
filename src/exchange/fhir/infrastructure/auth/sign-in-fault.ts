import type { FaultFacts } from '../../../../platform/errors/fault.js';
import { FhirFault } from '../fhir-fault.js';

/**
 * We did not get in: nothing was asked of the EHR itself. So it has no status: a token endpoint's 404 must not be
 * taken for a record that is gone.
 */
export class SignInFault extends FhirFault {
  constructor(facts: FaultFacts) {
    // What was to be done is still to be done once somebody has mended the sign-in.
    super({ ...facts, retryable: true }, null, 'not-done');
    this.name = 'SignInFault';
  }
}

export function signInUnavailable(retryAfterSeconds?: number): SignInFault {
  return new SignInFault({
    code: 'fhir.sign-in-unavailable',
    kind: 'unavailable',
    words:
      'The place where we sign in to the EHR does not answer. Nothing is asked of the EHR meanwhile; it is tried again by itself.',
    severity: 'warning',
    retryAfterSeconds,
  });
}

export function signInRefused(): SignInFault {
  return new SignInFault({
    code: 'fhir.sign-in-refused',
    kind: 'remote',
    words:
      'The EHR does not let us sign in. Check the client id, and that the EHR has our key set address or our public key.',
    severity: 'error',
  });
}

export function scopeRefused(): SignInFault {
  return new SignInFault({
    code: 'fhir.scope-refused',
    kind: 'remote',
    words:
      'The EHR does not know what we ask to be allowed. Set the scopes in the connection to those that the app was given.',
    severity: 'error',
  });
}

export function noTokenEndpoint(): SignInFault {
  return new SignInFault({
    code: 'fhir.no-token-endpoint',
    kind: 'remote',
    words: 'The EHR does not say where to sign in. Set the token address in the connection.',
    severity: 'error',
  });
}

export function badTokenEndpoint(): SignInFault {
  return new SignInFault({
    code: 'fhir.bad-token-endpoint',
    kind: 'remote',
    words:
      'The EHR names a place to sign in that is not protected by https. Nothing was sent there. Tell the EHR team.',
    severity: 'error',
  });
}
