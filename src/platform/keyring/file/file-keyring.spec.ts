import {
  chmodSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes, verify } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationFault } from '../../config/settings.js';
import { newId } from '../../ids/ids.js';
import { openKeyring } from '../open-keyring.js';
import { FileKeyring } from './file-keyring.js';

const UNAVAILABLE = { code: 'vault.keyring-unavailable', kind: 'unavailable', retryable: true };
const aad = Buffer.from('what it is tied to');

describe('the file keyring', () => {
  const hospital = newId();
  let root: string;
  let folder: string;
  let keyring: FileKeyring;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'keyring-'));
    folder = join(root, 'data', 'keyring');
    keyring = await FileKeyring.open(folder);
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const pathOf = (...names: string[]): string => join(folder, hospital, ...names);
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  it('keeps its folders and files to its own user', async () => {
    await keyring.establish(hospital);
    expect(readdirSync(pathOf()).sort()).toEqual(['audit-signing.pem', 'index.key', 'kek-000001.key']);
    expect([modeOf(folder), modeOf(pathOf())]).toEqual([0o700, 0o700]);
    expect(readdirSync(pathOf()).map((name) => modeOf(pathOf(name)))).toEqual([0o600, 0o600, 0o600]);
  });

  it('gives back a key that it wrapped', async () => {
    await keyring.establish(hospital);
    const key = randomBytes(32);
    const wrapped = await keyring.wrap(hospital, key, aad);
    expect(wrapped.epoch).toBe(1);
    expect(wrapped.bytes.includes(key)).toBe(false);
    await expect(keyring.unwrap(hospital, wrapped, aad)).resolves.toEqual(key);
  });

  it('gives nothing back for other bytes, another aad, epoch or organization', async () => {
    const other = newId();
    await keyring.establish(hospital);
    await keyring.establish(other);
    const wrapped = await keyring.wrap(hospital, randomBytes(32), aad);
    for (let at = 0; at < wrapped.bytes.length; at++) {
      const bytes = Buffer.from(wrapped.bytes);
      bytes[at]! ^= 1;
      await expect(keyring.unwrap(hospital, { ...wrapped, bytes }, aad)).resolves.toBeNull();
    }
    await expect(keyring.unwrap(hospital, { ...wrapped, bytes: Buffer.alloc(5) }, aad)).resolves.toBeNull();
    await expect(keyring.unwrap(hospital, wrapped, Buffer.from('else'))).resolves.toBeNull();
    await expect(keyring.unwrap(other, wrapped, aad)).resolves.toBeNull();
  });

  it('binds a wrapped key to its epoch, even under the same key', async () => {
    await keyring.establish(hospital);
    const wrapped = await keyring.wrap(hospital, randomBytes(32), aad);
    renameSync(pathOf('kek-000001.key'), pathOf('kek-000002.key'));
    await expect(keyring.unwrap(hospital, { ...wrapped, epoch: 2 }, aad)).resolves.toBeNull();
  });

  it('wraps under the newest epoch, and opens the older ones', async () => {
    await keyring.establish(hospital);
    const old = await keyring.wrap(hospital, randomBytes(32), aad);
    writeFileSync(pathOf('kek-000002.key'), randomBytes(32), { mode: 0o600 });
    await expect(keyring.wrap(hospital, randomBytes(32), aad)).resolves.toMatchObject({ epoch: 2 });
    await expect(keyring.unwrap(hospital, old, aad)).resolves.not.toBeNull();
  });

  it('makes the next epoch, and tells which there are and since when', async () => {
    await keyring.establish(hospital);
    const old = await keyring.wrap(hospital, randomBytes(32), aad);
    utimesSync(pathOf('kek-000001.key'), new Date(1_000), new Date(1_000));

    await expect(keyring.rotate(hospital)).resolves.toBe(2);

    await expect(keyring.epochs(hospital)).resolves.toEqual([
      { epoch: 1, madeAt: new Date(1_000) },
      { epoch: 2, madeAt: expect.any(Date) },
    ]);
    expect(modeOf(pathOf('kek-000002.key'))).toBe(0o600);
    expect(readdirSync(pathOf()).filter((name) => name.startsWith('.'))).toEqual([]);
    await expect(keyring.unwrap(hospital, old, aad)).resolves.not.toBeNull();
    await expect(keyring.wrap(hospital, randomBytes(32), aad)).resolves.toMatchObject({ epoch: 2 });
    await expect(keyring.wrap(hospital, randomBytes(32), aad, 1)).resolves.toMatchObject({ epoch: 1 });
  });

  it('is noticed to have a new epoch by every process that has it open', async () => {
    const other = await FileKeyring.open(folder);
    await keyring.establish(hospital);
    await other.wrap(hospital, randomBytes(32), aad);
    await keyring.rotate(hospital);
    const wrapped = await other.wrap(hospital, randomBytes(32), aad);
    expect(wrapped.epoch).toBe(2);
    await expect(keyring.unwrap(hospital, wrapped, aad)).resolves.not.toBeNull();
  });

  it('destroys an older epoch for ever, and never the current one', async () => {
    await keyring.establish(hospital);
    const old = await keyring.wrap(hospital, randomBytes(32), aad);
    await expect(keyring.destroyEpoch(hospital, 1)).rejects.toBeInstanceOf(RangeError);
    await keyring.rotate(hospital);
    // A second name of the same bytes shows what became of them.
    linkSync(pathOf('kek-000001.key'), join(root, 'same-bytes'));
    const bytes = readFileSync(join(root, 'same-bytes'));

    await keyring.destroyEpoch(hospital, 1);

    expect(readdirSync(pathOf())).not.toContain('kek-000001.key');
    expect(readFileSync(join(root, 'same-bytes')).equals(bytes)).toBe(false);
    for (const process of [keyring, await FileKeyring.open(folder)])
      await expect(process.unwrap(hospital, old, aad)).rejects.toMatchObject(UNAVAILABLE);
    await expect(keyring.epochs(hospital)).resolves.toMatchObject([{ epoch: 2 }]);
  });

  it('has one set of keys, however many processes make it at once', async () => {
    const processes = await Promise.all(Array.from({ length: 12 }, () => FileKeyring.open(folder)));
    const identities = await Promise.all(processes.map((process) => process.establish(hospital)));
    expect(new Set(identities).size).toBe(1);
    expect(readdirSync(folder)).toEqual([hospital]);
    const wrapped = await processes[3]!.wrap(hospital, randomBytes(32), aad);
    for (const process of processes)
      await expect(process.unwrap(hospital, wrapped, aad)).resolves.not.toBeNull();
  });

  it('keeps its identity across a restart and a new epoch', async () => {
    const before = await keyring.establish(hospital);
    await keyring.rotate(hospital);
    await expect((await FileKeyring.open(folder)).identity(hospital)).resolves.toBe(before);
  });

  it('makes no keys but by establish', async () => {
    const uses: (() => Promise<unknown>)[] = [
      () => keyring.identity(hospital),
      () => keyring.wrap(hospital, randomBytes(32), aad),
      () => keyring.unwrap(hospital, { epoch: 1, bytes: randomBytes(60) }, aad),
      () => keyring.mac(hospital, aad),
      () => keyring.sign(hospital, aad),
      () => keyring.verificationKey(hospital),
    ];
    for (const use of uses) await expect(use()).rejects.toMatchObject(UNAVAILABLE);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is unavailable when it is lost, cut short or opened to others', async () => {
    await keyring.establish(hospital);
    const afresh = () => FileKeyring.open(folder);
    writeFileSync(pathOf('index.key'), Buffer.alloc(31));
    await expect((await afresh()).mac(hospital, aad)).rejects.toMatchObject(UNAVAILABLE);
    writeFileSync(pathOf('audit-signing.pem'), 'no key');
    await expect((await afresh()).sign(hospital, aad)).rejects.toMatchObject(UNAVAILABLE);
    chmodSync(pathOf('kek-000001.key'), 0o640);
    await expect(keyring.wrap(hospital, randomBytes(32), aad)).rejects.toMatchObject(UNAVAILABLE);
    await expect(keyring.health()).resolves.toBeUndefined();
    rmSync(folder, { recursive: true });
    await expect(keyring.health()).rejects.toMatchObject(UNAVAILABLE);
    await expect(keyring.establish(newId())).rejects.toMatchObject(UNAVAILABLE);
  });

  it('signs what its public key verifies', async () => {
    await keyring.establish(hospital);
    const signature = await keyring.sign(hospital, aad);
    expect(verify(null, aad, await keyring.verificationKey(hospital), signature)).toBe(true);
  });

  it.each([
    ['the folder', () => folder, 0o750],
    ['an organization', () => pathOf(), 0o701],
    ['a key', () => pathOf('index.key'), 0o604],
  ])('does not start while %s is open to group or others', async (_what, path, mode) => {
    await keyring.establish(hospital);
    chmodSync(path(), mode);
    const opened = openKeyring(`file:${folder}`);
    await expect(opened).rejects.toBeInstanceOf(ConfigurationFault);
    await expect(opened).rejects.toMatchObject({
      faults: [`${path()} must be closed to group and others (chmod go-rwx).`],
    });
  });

  it('does not start where there can be no folder, or with a provider that it does not know', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(openKeyring(`file:${join(root, 'file')}`)).rejects.toBeInstanceOf(ConfigurationFault);
    await expect(openKeyring('kms:somewhere')).rejects.toBeInstanceOf(ConfigurationFault);
  });
});
