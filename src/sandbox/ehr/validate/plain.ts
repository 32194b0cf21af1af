import type { DocumentReference } from 'fhir/r4.js';
import type { Issue } from '../fhir/refusal.js';
import type { Resource, ResourceType } from '../resource.js';
import { attachmentIssues } from './attachment.js';
import { badValue, missing, unless } from './issue.js';
import { list } from './list.js';
import { dateTimeIssues, instantIssues } from './times.js';

interface Rules {
  /** Elements that R4 wants; `a|b` is one of them. */
  required?: string[];
  lists?: string[];
  /** Elements with a required value set. */
  codes?: Record<string, string>;
  instants?: string[];
  dateTimes?: string[];
}

const observationStatus = 'registered preliminary final amended corrected cancelled entered-in-error unknown';

/** R4's cardinalities and required value sets of the types that need nothing more. */
const rules: Partial<Record<ResourceType, Rules>> = {
  AppointmentResponse: {
    required: ['appointment', 'participantStatus', 'participantType|actor'],
    codes: { participantStatus: 'accepted declined tentative needs-action' },
    instants: ['start', 'end'],
  },
  CareTeam: { codes: { status: 'proposed active suspended inactive entered-in-error' } },
  Consent: {
    required: ['status', 'scope', 'category'],
    lists: ['category'],
    codes: { status: 'draft proposed active rejected inactive entered-in-error' },
  },
  DocumentReference: {
    required: ['status', 'content'],
    lists: ['content'],
    codes: {
      status: 'current superseded entered-in-error',
      docStatus: 'preliminary final amended entered-in-error',
    },
    instants: ['date'],
  },
  Observation: {
    required: ['status', 'code'],
    codes: { status: observationStatus },
    dateTimes: ['effectiveDateTime'],
    instants: ['issued'],
  },
  Provenance: {
    required: ['target', 'recorded', 'agent'],
    lists: ['target', 'agent'],
    instants: ['recorded'],
  },
  QuestionnaireResponse: {
    required: ['status'],
    codes: { status: 'in-progress completed amended entered-in-error stopped' },
    dateTimes: ['authored'],
  },
  Schedule: { required: ['actor'], lists: ['actor'] },
  Slot: {
    required: ['schedule', 'status', 'start', 'end'],
    codes: { status: 'busy free busy-unavailable busy-tentative entered-in-error' },
    instants: ['start', 'end'],
  },
};

export function plainIssues(resource: Resource): Issue[] {
  const type = resource.resourceType;
  const {
    required = [],
    lists = [],
    codes = {},
    instants = [],
    dateTimes = [],
  } = rules[type as ResourceType] ?? {};
  return [
    ...required.flatMap((names) =>
      unless(
        names.split('|').some((name) => name in resource),
        missing(`${type}.${names}`),
      ),
    ),
    ...lists.flatMap((name) =>
      unless(
        !(name in resource) || Array.isArray(resource[name]),
        badValue(`${type}.${name}`, `${type}.${name} is a list`),
      ),
    ),
    ...Object.entries(codes).flatMap(([name, known]) =>
      unless(
        !(name in resource) || known.split(' ').includes(String(resource[name])),
        badValue(`${type}.${name}`, 'Not in the value set'),
      ),
    ),
    ...instants.flatMap((name) => instantIssues(resource[name], `${type}.${name}`)),
    ...dateTimes.flatMap((name) => dateTimeIssues(resource[name], `${type}.${name}`)),
    ...(type === 'DocumentReference' ? contentIssues(resource) : []),
  ];
}

function contentIssues(resource: Resource): Issue[] {
  const { content } = resource as unknown as DocumentReference;
  return list(content).flatMap(({ attachment }, n) => {
    const path = `DocumentReference.content[${n}].attachment`;
    return attachment ? attachmentIssues(attachment, path) : [missing(path)];
  });
}
