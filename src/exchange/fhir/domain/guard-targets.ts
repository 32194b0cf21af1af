const ANYONE = ['Patient', 'Practitioner', 'PractitionerRole', 'RelatedPerson', 'Device', 'Organization'];

/** Which types R4 lets an element refer to, for the resources that we write. An element that is not here takes any. */
const TARGETS: Record<string, readonly string[]> = {
  'Appointment.participant.actor': [
    'Patient',
    'Practitioner',
    'PractitionerRole',
    'RelatedPerson',
    'Device',
    'HealthcareService',
    'Location',
  ],
  'Appointment.slot': ['Slot'],
  'Appointment.basedOn': ['ServiceRequest'],
  'Appointment.reasonReference': ['Condition', 'Procedure', 'Observation', 'ImmunizationRecommendation'],
  'AppointmentResponse.appointment': ['Appointment'],
  'AppointmentResponse.actor': [
    'Patient',
    'Practitioner',
    'PractitionerRole',
    'RelatedPerson',
    'Device',
    'HealthcareService',
    'Location',
  ],
  'Communication.subject': ['Patient', 'Group'],
  'Communication.encounter': ['Encounter'],
  'Communication.inResponseTo': ['Communication'],
  'Communication.sender': [...ANYONE, 'HealthcareService'],
  'Communication.recipient': [...ANYONE, 'Group', 'CareTeam', 'HealthcareService'],
  'Communication.reasonReference': ['Condition', 'Observation', 'DiagnosticReport', 'DocumentReference'],
  'DocumentReference.subject': ['Patient', 'Practitioner', 'Group', 'Device'],
  'DocumentReference.author': ANYONE,
  'DocumentReference.custodian': ['Organization'],
  'DocumentReference.authenticator': ['Practitioner', 'PractitionerRole', 'Organization'],
  'DocumentReference.context.encounter': ['Encounter', 'EpisodeOfCare'],
  'Observation.subject': ['Patient', 'Group', 'Device', 'Location'],
  'Observation.encounter': ['Encounter'],
  'Observation.performer': [
    'Practitioner',
    'PractitionerRole',
    'Organization',
    'CareTeam',
    'Patient',
    'RelatedPerson',
  ],
  'Observation.device': ['Device', 'DeviceMetric'],
  'Provenance.agent.who': ANYONE,
  'Provenance.agent.onBehalfOf': ANYONE,
  'Provenance.location': ['Location'],
  'QuestionnaireResponse.author': [
    'Device',
    'Practitioner',
    'PractitionerRole',
    'Patient',
    'RelatedPerson',
    'Organization',
  ],
  'QuestionnaireResponse.source': ['Patient', 'Practitioner', 'PractitionerRole', 'RelatedPerson'],
  'QuestionnaireResponse.encounter': ['Encounter'],
};

/** The types that this element (`Communication.recipient`) may refer to; undefined: any. */
export function targetsOf(element: string): readonly string[] | undefined {
  return TARGETS[element];
}
