import { describe, expect, it } from 'vitest';

import { buildArguments, readNpmConfig, renderNpmrc } from './image.ts';

const build = {
  context: '.',
  dockerfile: './app/Dockerfile',
  platform: 'linux/amd64',
  args: { RELEASE_VERSION: '1.0.0-a' },
  tag: '1.0.0-a',
};
const request = {
  build,
  reference: 'example/staging:1.0.0-a',
  nodeBaseImage: undefined,
  engine: { builder: 'bundled' as const },
};

describe('the command line of a build', () => {
  it('is what the program says of its image', () => {
    expect(buildArguments(request, {}).join(' ')).toBe(
      'build --file ./app/Dockerfile --tag example/staging:1.0.0-a --label org.opencontainers.image.version=1.0.0-a --platform linux/amd64 --network host --build-arg RELEASE_VERSION=1.0.0-a .',
    );
  });

  it('ends at the stage that the program names', () => {
    const args = buildArguments({ ...request, build: { ...build, target: 'runtime' } }, {});
    expect(args.join(' ')).toContain('--target runtime');
  });

  it('names another base image where the official one is out of reach', () => {
    const own = { ...request, nodeBaseImage: 'stack-base/node:x' };
    expect(buildArguments(own, {})).toContain('NODE_BASE_IMAGE=stack-base/node:x');
    expect(buildArguments({ ...own, engine: { builder: 'buildx' } }, {}).join(' ')).toContain('--builder default');
  });

  it('makes one image, not an index with attestations, so that its id is that of the image', () => {
    expect(buildArguments({ ...request, engine: { builder: 'buildx' } }, {}).join(' ')).toMatch(
      /^buildx build --load --provenance=false --sbom=false /,
    );
  });

  it('names secrets, and never has their content', () => {
    const args = buildArguments(request, { npmrc: '//registry/:_authToken=hunter2', caFile: '/etc/ca.pem' });
    expect(args).toContain('id=npmrc,env=STACK_BUILD_NPMRC');
    expect(args).toContain('id=ca,src=/etc/ca.pem');
    expect(args.join(' ')).not.toContain('hunter2');
    expect(buildArguments(request, { caFile: '/my, own/ca.pem' })).toContain('id=ca,"src=/my, own/ca.pem"');
  });
});

describe('the .npmrc of a build', () => {
  it('has the registry in effect and the credentials, and no paths of this machine', () => {
    const own =
      '//npm.example.com/:_authToken=x\ncafile=/home/me/ca.pem\nprefix = /home/me\n\nregistry=https://old.example.com/';
    expect(renderNpmrc(own, 'https://npm.example.com/')).toBe(
      '//npm.example.com/:_authToken=x\nregistry=https://npm.example.com/\n',
    );
  });

  it('is empty where nothing is set', () => {
    expect(renderNpmrc('', undefined)).toBe('');
  });
});

it('npm says what is set, and what is not', () => {
  const text = 'registry=https://npm.example/a=b/\ncafile=null\nuserconfig=/home/someone/.npmrc\n';
  expect(readNpmConfig(text)).toEqual({ registry: 'https://npm.example/a=b/', userconfig: '/home/someone/.npmrc' });
});
