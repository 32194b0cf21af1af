import type { DocumentReference, Observation, QuestionnaireResponse } from 'fhir/r4.js';
import { provenanceOf } from '../../src/care/summaries/infrastructure/provenance.fhir-mapper.js';
import type { BusinessIdentifier, WrittenResource } from '../../src/exchange/fhir/domain/writes.js';

const PATIENT = { reference: 'Patient/1' };

/** One of each type that may be written beside a Communication, as their modules will. */
export function samplesFor(identifier: BusinessIdentifier): WrittenResource[] {
  const document: DocumentReference = {
    resourceType: 'DocumentReference',
    identifier: [identifier],
    status: 'current',
    type: { coding: [{ system: 'http://loinc.org', code: '34109-9' }] },
    subject: PATIENT,
    date: '2026-03-10T09:32:00+05:30',
    content: [{ attachment: { contentType: 'text/plain', data: 'QQ==' } }],
  };
  const observation: Observation = {
    resourceType: 'Observation',
    identifier: [identifier],
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
        ],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }], text: 'Body weight' },
    subject: PATIENT,
    effectiveDateTime: '2026-03-10T09:32:00+05:30',
    valueQuantity: { value: 70.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  };
  const answers: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    identifier,
    status: 'completed',
    questionnaire: 'urn:carethread:questionnaire|1',
    subject: PATIENT,
    authored: '2026-03-10T09:32:00+05:30',
    item: [{ linkId: 'q1', answer: [{ valueInteger: 4 }] }],
  };
  const provenance = provenanceOf({
    identifier,
    target: 'Communication/7',
    recorded: '2026-03-10T09:32:00+05:30',
    author: 'key_desk',
  });
  return [document, observation, answers, provenance];
}
