import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepingForm, withEncryptionKeys } from './encryption-keys.ts';
import { secretsProviderOf, withConfigFile } from './stack-config.ts';

const committed = `# Prod: careful.
secretsprovider: awskms://alias/state
encryptedkey: AQIDAH
config:
  aws:region: eu-central-1
  nest-fargate:apiCpuUnits: 512
`;

const salted = 'encryptionsalt: v1:abc=:v1:def:ghi+/=\n';

let directory: string;
let notes: string[];

const file = () => ({
  projectDirectory: directory,
  environment: 'prod',
  note: (text: string) => notes.push(text),
});
const read = (name = 'Pulumi.prod.yaml') => readFile(join(directory, name), 'utf8');

beforeEach(async () => {
  notes = [];
  directory = await mkdtemp(join(tmpdir(), 'stack-config-test-'));
  await writeFile(join(directory, 'Pulumi.yaml'), 'name: nest-fargate\n');
  await writeFile(join(directory, 'Pulumi.prod.yaml'), committed);
});
afterEach(() => rm(directory, { recursive: true }));

test('an operation gets the committed file with what it adds, and the file stays as it is', async () => {
  let used = '';
  const text = await withConfigFile(
    file(),
    { extra: { 'nest-fargate:release': '{"version":"1"}' } },
    async (path = '') => {
      used = path;
      return readFile(used, 'utf8');
    },
  );
  expect(text).toBe(`${committed}  nest-fargate:release: '{"version":"1"}'\n`);
  expect(await readFile(join(directory, 'Pulumi.prod.yaml'), 'utf8')).toBe(committed);
  expect(existsSync(used)).toBe(false);
});

test('an operation can do without keys of the file, and other files are passed on as they are', async () => {
  const path = join(directory, 'Pulumi.prod.yaml');
  await writeFile(path, `${committed}  aws:profile: team\n`);
  const passed = (without: readonly string[]) =>
    withConfigFile(file(), { without }, (copy = '') => readFile(copy, 'utf8'));
  expect(await passed(['aws:profile', 'aws:assumeRoles'])).toBe(committed);
  expect(await passed(['aws:assumeRoles'])).toBe(`${committed}  aws:profile: team\n`);
  expect(await readFile(path, 'utf8')).toContain('aws:profile');
});

test('the copy goes when the operation fails, too', async () => {
  let used = '';
  const failing = withConfigFile(file(), { extra: { 'nest-fargate:release': 'x' } }, async (path = '') => {
    used = path;
    throw new Error('failed');
  });
  await expect(failing).rejects.toThrow('failed');
  expect(used).not.toBe('');
  expect(existsSync(used)).toBe(false);
});

test('without a file and with nothing to add, the engine gets none', async () => {
  expect(await withConfigFile({ ...file(), environment: 'new' }, {}, async (path) => path)).toBeUndefined();
});

test('the salt that the engine adds to its copy is added to the file, which keeps its form', async () => {
  const text = '# Prod: careful.\n\nconfig:\n  aws:region: eu-central-1   # Frankfurt\n\n  # Size.\n  x:y: "1"\n';
  await writeFile(join(directory, 'Pulumi.prod.yaml'), text);
  const rewrite = (path = '') => writeFile(path, `${salted}config:\n  aws:region: eu-central-1\n  x:y: "1"\n`);
  await withConfigFile(file(), {}, rewrite);
  expect(await read()).toBe(text + salted);

  await withConfigFile(file(), { extra: { 'x:release': '{}' } }, rewrite);
  expect(await read()).toBe(text + salted);
});

test('what somebody edits while the engine runs stays', async () => {
  const edited = `${committed}  x:y: z # new\n`;
  await withConfigFile(file(), {}, async (path = '') => {
    await writeFile(join(directory, 'Pulumi.prod.yaml'), edited);
    await writeFile(path, `${committed}${salted}`);
  });
  expect(await read()).toBe(edited + salted);
});

test('the file of an earlier commit is completed by the keys of the project, and those stay there', async () => {
  const earlier = join(directory, 'earlier');
  await mkdir(earlier);
  await writeFile(join(earlier, 'Pulumi.yaml'), 'name: nest-fargate\n');
  await writeFile(join(earlier, 'Pulumi.prod.yaml'), 'config: {}\n');
  const place = { ...file(), projectDirectory: earlier, ownDirectory: directory };
  const given = await withConfigFile(place, {}, async (path = '') => readFile(path, 'utf8'));
  expect(given).toBe('config: {}\nsecretsprovider: awskms://alias/state\nencryptedkey: AQIDAH\n');

  await withConfigFile(place, {}, async (path = '') =>
    writeFile(path, 'secretsprovider: awskms://alias/state\nencryptedkey: BBBB\nconfig: {}\n'),
  );
  expect(await read()).toBe(committed.replace('AQIDAH', 'BBBB'));
  expect(await readFile(join(earlier, 'Pulumi.prod.yaml'), 'utf8')).toBe('config: {}\n');
});

test('calls that rewrite the file itself leave it in its form, and what they added is said once', async () => {
  const path = join(directory, 'Pulumi.prod.yaml');
  await writeFile(path, '# Ours.\n\nconfig:\n\n  x:y: z');
  await keepingForm(file(), async () => {
    await withConfigFile(file(), {}, async (copy = '') => writeFile(copy, `config:\n  x:y: z\n${salted}`));
    await writeFile(path, `config:\n  x:y: z\n${salted}`);
  });
  expect(await read()).toBe(`# Ours.\n\nconfig:\n\n  x:y: z\n${salted}`);
  expect(notes).toEqual([expect.stringMatching(/^Added encryptionsalt in Pulumi.prod.yaml, .* Commit it: /)]);

  const more = `# Theirs.\nconfig:\n  x:y: other\nencryptionsalt: v1:new\n`;
  await keepingForm(file(), () => writeFile(path, more));
  expect(await read()).toBe(more);
  expect(notes.slice(1)).toEqual([expect.stringMatching(/^Changed encryptionsalt/)]);
});

test('calls on a checkout of an earlier commit leave its file as it is', async () => {
  const earlier = join(directory, 'earlier');
  await mkdir(earlier);
  await writeFile(join(earlier, 'Pulumi.yaml'), 'name: nest-fargate\n');
  await writeFile(join(earlier, 'Pulumi.prod.yaml'), 'config: {}\n');
  const place = { ...file(), projectDirectory: earlier, ownDirectory: directory };
  await keepingForm(place, () => writeFile(join(earlier, 'Pulumi.prod.yaml'), `${salted}config: {}\n`));
  expect(await readFile(join(earlier, 'Pulumi.prod.yaml'), 'utf8')).toBe('config: {}\n');
  expect(await read()).toBe(committed);
  expect(notes).toEqual([]);
});

test('a key that is gone leaves no line behind', () => {
  const text = '# Ours.\nencryptionsalt: v1:old # by the first update\n\nconfig: {}\n';
  expect(withEncryptionKeys(text, { encryptedkey: 'AQ: x' })).toBe('# Ours.\n\nconfig: {}\nencryptedkey: "AQ: x"\n');
});

test('a stack without a file gets one with what is added', async () => {
  const text = await withConfigFile({ ...file(), environment: 'new' }, { extra: { 'x:y': 'z' } }, async (path = '') =>
    readFile(path, 'utf8'),
  );
  expect(text).toBe('config:\n  x:y: z\n');
});

test('the key provider of a new stack is the one that its file names', async () => {
  expect(await secretsProviderOf(directory, 'prod')).toBe('awskms://alias/state');
  expect(await secretsProviderOf(directory, 'new')).toBeUndefined();
});
