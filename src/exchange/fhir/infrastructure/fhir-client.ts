import { setTimeout as sleep } from 'node:timers/promises';
import type { Bundle, CapabilityStatement, FhirResource, Parameters as Input } from 'fhir/r4.js';
import { Client } from 'fhir-kit-client';
import type { Dispatcher } from 'undici';
import { failpointWhenWritten } from '../../../platform/failpoint/failpoint.js';
import { createOutbound } from '../../../platform/outbound/index.js';
import { faultsOf, faultsOfPatch, newFaultsOf } from '../domain/guard.js';
import { isInside, ownAddress } from '../domain/inside.js';
import { namesPatient } from '../domain/patient-search.js';
import { isFhirId, type ResourceKey } from '../domain/reference.js';
import { nextTry } from '../domain/retry.policy.js';
import type { Scopes } from '../domain/smart.js';
import type { Credentials } from './auth/credentials.js';
import { SignInFault } from './auth/sign-in-fault.js';
import { Budget } from './budget.js';
import { faultOf } from './failures.js';
import {
  badReference,
  FhirFault,
  foreignAddress,
  type ForeignPlace,
  notFhir,
  unsound,
} from './fhir-fault.js';
import { mergeIn, redirectIn } from './merge-redirect.js';

export interface FhirClientSettings {
  baseUrl: string;
  /** Other bases under which the EHR writes its links: what lies below one is asked for at the base. */
  alternateBaseUrls: readonly string[];
  credentials: Credentials;
  allowPrivateNetwork: boolean;
  requestsPerSecond: number;
  concurrency: number;
  /** Told of every address of another server that the EHR named. */
  onForeign: (where: ForeignPlace) => Promise<void>;
  /** Told of every record that the EHR keeps behind break-the-glass. */
  onRestricted: (key: ResourceKey) => Promise<void>;
}

export interface FhirAnswer<R> {
  resource: R;
  status: number;
  /** The EHR's own clock. */
  date: Date | null;
  location: string | null;
}

export type SearchParams = Record<string, string | string[]>;
export type PatchOperation =
  { op: 'test' | 'replace' | 'add'; path: string; value: unknown } | { op: 'remove'; path: string };

/** One call, its body included. Twice the ten seconds that what a busy EHR needs for a page of 100 with includes. */
const CALL_MS = 20_000;
/** A page of 100 appointments with includes is under 1 MB; a summary under 1 MB. */
const MAX_RESPONSE_BYTES = 10_000_000;

/** Headers of every request. HAPI answers an identical search from a cache for 60 s unless told not to. */
const HEADERS = { accept: 'application/fhir+json', 'cache-control': 'no-cache' };

interface How {
  /** `auto`: by POST when the query names a patient and the EHR takes it so, because addresses end up in logs. */
  by?: 'auto' | 'get' | 'post';
  /** Without another try: for what is asked only to learn whether it is answered. */
  once?: boolean;
  headers?: Record<string, string>;
}
/** The header that opens the door, where there is one. */
type Signed = { authorization?: string };

interface Options {
  headers?: Record<string, string>;
  signal?: AbortSignal;
  postSearch?: boolean;
}

/**
 * fhir-kit-client within bounds: it goes only below the connection's base address and adds credentials only then,
 * it takes only ids that R4 allows, within a budget, a deadline and a size, and its errors say nothing of what was asked.
 */
export class FhirClient {
  private readonly client: Client;
  private readonly budget: Budget;
  private readonly outbound: Dispatcher;
  private readonly bases: [URL, ...URL[]];
  private readonly credentials: Credentials;
  private readonly onForeign: FhirClientSettings['onForeign'];
  private readonly onRestricted: FhirClientSettings['onRestricted'];
  private takesPosts = false;

  constructor(settings: FhirClientSettings) {
    this.bases = [new URL(settings.baseUrl), ...settings.alternateBaseUrls.map((url) => new URL(url))];
    this.onForeign = settings.onForeign;
    this.onRestricted = settings.onRestricted;
    this.budget = new Budget(settings.requestsPerSecond, settings.concurrency);
    this.outbound = createOutbound({
      allowPrivateNetwork: settings.allowPrivateNetwork,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      connections: settings.concurrency,
    });
    this.credentials = settings.credentials;
    failpointWhenWritten('communication.sent', isCreateOfCommunication);
    this.client = new Client({
      baseUrl: settings.baseUrl,
      customHeaders: HEADERS,
      requestOptions: { dispatcher: this.outbound, redirect: 'manual' },
      requestSigner: (url) => this.assertOwn(url),
    });
  }

  metadata(): Promise<FhirAnswer<CapabilityStatement>> {
    return this.call((options) => this.client.capabilityStatement(options), 'CapabilityStatement');
  }

  read(type: string, id: string, how: How = {}): Promise<FhirAnswer<FhirResource>> {
    const key = { resourceType: asType(type), id: asId(id) };
    return this.call(
      (options) => this.client.read({ ...key, options }).catch((error: unknown) => this.sentOn(error, key)),
      type,
      how,
    ).catch(async (error: unknown) => {
      if (error instanceof FhirFault && error.code === 'fhir.restricted')
        await this.onRestricted({ type, id });
      throw error;
    });
  }

  search(
    type: string,
    searchParams: SearchParams,
    { by = 'auto', ...how }: How = {},
  ): Promise<FhirAnswer<Bundle>> {
    const resourceType = asType(type);
    const postSearch =
      by === 'post' || (by === 'auto' && this.takesPosts && namesPatient(type, searchParams));
    return this.call(
      (options) => this.client.search({ resourceType, searchParams, options: { ...options, postSearch } }),
      'Bundle',
      how,
    );
  }

  /** Whether the probe found that this EHR answers a search by POST. */
  postSearches(takes: boolean): void {
    this.takesPosts = takes;
  }

  /** The page behind a link of the answer before. Relative links are taken from the base. */
  next(link: string): Promise<FhirAnswer<Bundle>> {
    return this.call((options) => this.client.request(this.own(link, 'next-link'), { options }), 'Bundle');
  }

  /** Says that the EHR named another server, where nothing was asked for. */
  tellForeign(where: ForeignPlace): Promise<void> {
    return this.onForeign(where);
  }

  /** Whether an address that the EHR named is another server's. */
  isElsewhere(address: string): boolean {
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) && ownAddress(address, this.bases) === null;
  }

  /** `.well-known/smart-configuration`, as it is: null where there is none. It is public: nobody signs in for it. */
  async smartConfiguration(): Promise<object | null> {
    try {
      const url = `${this.bases[0].href.replace(/\/+$/, '')}/.well-known/smart-configuration`;
      const options = this.options({ accept: 'application/json' });
      return await this.trying('once', async () => (await this.client.request(url, { options })) as object);
    } catch (error) {
      if (error instanceof FhirFault && (error.status !== null || error.code === 'fhir.not-fhir'))
        return null;
      throw error;
    }
  }

  /**
   * `more`: what an EHR has in place of If-None-Exist. Throws `fhir.unsound` before anything leaves when our own rules
   * find fault.
   */
  async create(
    resource: FhirResource,
    ifNoneExist?: string,
    more: Record<string, string> = {},
  ): Promise<FhirAnswer<FhirResource | null>> {
    mustBeSound(faultsOf(resource));
    const headers: Record<string, string> = ifNoneExist ? { ...more, 'if-none-exist': ifNoneExist } : more;
    const target = { resourceType: asType(resource.resourceType), body: resource as never };
    return this.write(headers, (options) => this.client.create({ ...target, options }));
  }

  /** As create. `before` is the EHR's own copy, whose faults are not ours. */
  async update(
    resource: FhirResource,
    ifMatch: string,
    before?: FhirResource,
  ): Promise<FhirAnswer<FhirResource | null>> {
    mustBeSound(before ? newFaultsOf(resource, before) : faultsOf(resource));
    const target = {
      resourceType: asType(resource.resourceType),
      id: asId(resource.id),
      body: resource as never,
    };
    return this.write({ 'if-match': ifMatch }, (options) => this.client.update({ ...target, options }));
  }

  async patch(
    target: { type: string; id: string },
    operations: PatchOperation[],
    ifMatch: string,
  ): Promise<FhirAnswer<FhirResource | null>> {
    mustBeSound(faultsOfPatch(operations));
    const key = { resourceType: asType(target.type), id: asId(target.id), jsonPatch: operations as never };
    return this.write({ 'if-match': ifMatch }, (options) => this.client.patch({ ...key, options }));
  }

  /** What we may do there; null where no token says so. Throws SignInFault. */
  scopes(): Promise<Scopes | null> {
    return this.credentials.scopes();
  }

  /** An operation of a type (`$book`). It may change what the EHR holds: guarded, and repeated no more, as a create is. */
  async operation(
    resourceType: string,
    name: string,
    input: Input,
  ): Promise<FhirAnswer<FhirResource | null>> {
    mustBeSound(faultsOf(input));
    const call = { resourceType: asType(resourceType), name, input: input as never };
    return this.write({}, (options) => this.client.operation({ ...call, options }));
  }

  /** Takes no more calls; those under way come to their end. */
  retire(): void {
    this.credentials.retire();
    void this.outbound.close();
  }

  close(): Promise<void> {
    this.credentials.retire();
    return this.outbound.destroy();
  }

  private async call<R extends FhirResource>(
    send: (options: Options) => Promise<unknown>,
    expected: string,
    { once = false, headers = {} }: How = {},
  ): Promise<FhirAnswer<R>> {
    return this.trying(once ? 'once' : 'read', async (signed) => {
      const answer = answerOf<R>((await send(this.options({ ...headers, ...signed }))) as object);
      if (answer.resource?.resourceType !== expected) throw notFhir(answer.status);
      return answer as FhirAnswer<R>;
    });
  }

  private write(
    headers: Record<string, string>,
    send: (options: Options) => Promise<unknown>,
  ): Promise<FhirAnswer<FhirResource | null>> {
    return this.trying('write', async (signed) => {
      const answer = answerOf<FhirResource>((await send(this.options({ ...headers, ...signed }))) as object);
      return { ...answer, location: await this.ownLocation(answer.location) };
    });
  }

  private async trying<T>(kind: 'read' | 'write' | 'once', send: (signed: Signed) => Promise<T>): Promise<T> {
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const result = await this.once(send);
      if ('value' in result) return result.value;
      const { fault, authorization } = result;
      // The EHR was not asked, and the token source knows when to ask anew.
      if (fault instanceof SignInFault) throw fault;
      if (fault.foreign) await this.onForeign(fault.foreign);
      // A token that was taken back: another one, once. A 401 is given before anything is done.
      if (fault.status === 401 && !renewed && this.credentials.renew(authorization)) {
        renewed = true;
        continue;
      }
      const call = { attempt, write: kind === 'write', random: Math.random() };
      const wait = kind === 'once' ? null : nextTry(fault, call);
      this.heed(fault);
      if (wait === null) throw fault;
      await sleep(wait);
    }
  }

  private async once<T>(
    send: (signed: Signed) => Promise<T>,
  ): Promise<{ value: T } | { fault: FhirFault; authorization: string | null }> {
    let authorization: string | null = null;
    try {
      const value = await this.budget.spend(async () => {
        authorization = await this.credentials.header();
        return send(authorization === null ? {} : { authorization });
      });
      return { value };
    } catch (error) {
      return { fault: faultOf(error, (address) => this.isOurServer(address)), authorization };
    }
  }

  /** What the EHR asks of one request holds for all of this connection. */
  private heed({ retryAfterSeconds }: FhirFault): void {
    if (retryAfterSeconds !== undefined) this.budget.pause(retryAfterSeconds * 1_000);
  }

  private options(headers: Record<string, string>): Options {
    return { headers, signal: AbortSignal.timeout(CALL_MS) };
  }

  private own(address: string, where: ForeignPlace): string {
    const url = ownAddress(address, this.bases);
    if (!url) throw foreignAddress(where);
    return url.href;
  }

  /** Where a record was made; null when the EHR names another server's address, which is worth nothing. */
  private async ownLocation(location: string | null): Promise<string | null> {
    if (location === null) return null;
    const url = ownAddress(location, this.bases);
    if (!url) await this.onForeign('location');
    return url?.href ?? null;
  }

  private isOurServer(address: string): boolean {
    const [{ href }] = this.bases;
    if (!URL.canParse(address, href)) return false;
    const { origin } = new URL(address, href);
    return this.bases.some((base) => base.origin === origin);
  }

  private sentOn(error: unknown, { resourceType, id }: { resourceType: string; id: string }): never {
    const redirect = resourceType === 'Patient' ? redirectIn(error) : null;
    throw redirect ? mergeIn(redirect, { bases: this.bases, id }) : error;
  }

  /** Called with every address before anything is sent. */
  private assertOwn(address: string): void {
    if (!isInside(this.bases[0], new URL(address))) throw foreignAddress('request');
  }
}

function mustBeSound(faults: string[]): void {
  if (faults.length > 0) throw unsound(faults);
}

function answerOf<R>(body: object): {
  resource: R | null;
  status: number;
  date: Date | null;
  location: string | null;
} {
  const { response } = Client.httpFor(body as Parameters<typeof Client.httpFor>[0]);
  if (!response) throw notFhir(null, 'unknown');
  const date = new Date(response.headers.get('date') ?? NaN);
  return {
    resource: 'resourceType' in body ? (body as R) : null,
    status: response.status,
    date: Number.isNaN(date.getTime()) ? null : date,
    location: response.headers.get('location'),
  };
}

function asType(type: string): string {
  if (!/^[A-Z][A-Za-z]{2,40}$/.test(type)) throw badReference();
  return type;
}

function asId(id: string | undefined): string {
  if (!isFhirId(id)) throw badReference();
  return id;
}

function isCreateOfCommunication({ method, path }: { method: string; path: string }): boolean {
  return method === 'POST' && path.endsWith('/Communication');
}
