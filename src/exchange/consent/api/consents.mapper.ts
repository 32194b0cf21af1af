import { publicId } from '../../../platform/ids/ids.js';
import type { ConsentVersion } from '../application/history.js';
import type { NewConsent } from '../application/grant.js';
import type { Consent, Evidence } from '../domain/consent.js';
import type { Wording } from '../domain/wordings/wording.js';
import type {
  ConsentDetailDto,
  ConsentDto,
  ConsentEvidenceDto,
  ConsentVersionDto,
  EvidenceDto,
  GrantConsentDto,
  WordingDto,
} from './consents.dto.js';

export function asNewConsent(body: GrantConsentDto): NewConsent {
  return {
    patient: body.patient,
    ehrConnection: body.ehr_connection,
    ...(body.proxy && { proxy: body.proxy }),
    purposes: body.purposes,
    method: body.method,
    wordingVersion: body.wording_version,
    evidence: asEvidence(body.evidence) ?? {},
    recordedAt: new Date(body.recorded_at),
    otherChannel: body.other_channel,
  };
}

export function asEvidence(body: EvidenceDto | undefined): Evidence | undefined {
  return body && { note: body.note, documentReference: body.document_reference };
}

export function showConsent(consent: Consent): ConsentDto {
  return {
    id: publicId('cns', consent.id),
    patient: publicId('pat', consent.patientId),
    address: publicId('adr', consent.addressId),
    purpose: consent.purpose,
    status: consent.status,
    method: consent.method,
    wording_version: consent.wordingVersion,
    recorded_at: consent.recordedAt.toISOString(),
    given_by: consent.givenBy,
    version: consent.version,
  };
}

export function showDetail(consent: Consent, history: ConsentVersion[]): ConsentDetailDto {
  const named = history.findLast(({ otherChannel }) => otherChannel !== null);
  return {
    ...showConsent(consent),
    other_channel: named?.otherChannel ?? null,
    history: history.map(showVersion),
  };
}

function showVersion(version: ConsentVersion): ConsentVersionDto {
  return {
    version: version.version,
    status: version.status,
    method: version.method,
    wording_version: version.wordingVersion,
    recorded_at: version.recordedAt.toISOString(),
    changed_at: version.changedAt.toISOString(),
    changed_by: version.actor,
    evidence: version.evidence && showEvidence(version.evidence),
    other_channel: version.otherChannel,
  };
}

function showEvidence({ note, documentReference, receivedId }: Evidence): ConsentEvidenceDto {
  return {
    note: note ?? null,
    document_reference: documentReference ?? null,
    message: receivedId ? publicId('msg', receivedId) : null,
  };
}

export function showWording(wording: Wording, hospital: string): WordingDto {
  return {
    version: wording.version,
    language: wording.language,
    title: wording.title,
    agreement: wording.agreement.replaceAll('{hospital}', () => hospital),
    purposes: wording.purposes,
    information: wording.information,
    risks: [...wording.risks],
    stopping: wording.stopping,
    other_channels: wording.otherChannels,
  };
}
