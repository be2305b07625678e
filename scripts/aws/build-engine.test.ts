import { expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { describeBuilder } from './build-engine.ts';

const inspected = (platforms: string) => ({
  failed: false,
  stdout: `Name: default\nDriver: docker\n\nNodes:\nName:     default\nPlatforms: ${platforms}\n`,
});
const silent = { failed: true, stdout: '' };

it.each([
  ['of that architecture', 'arm64', silent, 'ARM64', 'linux/arm64'],
  ['that emulates it', 'amd64', inspected('linux/amd64*, linux/arm64, linux/386'), 'ARM64', 'linux/arm64'],
  ['that emulates a variant of it', 'amd64', inspected('linux/arm64/v8'), 'ARM64', 'linux/arm64'],
  ['that has variants of its own', 'amd64', inspected('linux/amd64/v2, linux/386'), 'X86_64', 'linux/amd64'],
] as const)('an engine %s builds for it', (_, own, builder, architecture, platform) => {
  expect(describeBuilder(`28.2 ${own}`, builder, architecture)).toEqual({ value: `28.2, builds for ${platform}` });
});

it('an engine without the architecture is refused, with how to add it', () => {
  const describe = () => describeBuilder('28.2 amd64', inspected('linux/amd64, linux/386'), 'ARM64');
  expect(describe).toThrow(UserError);
  expect(describe).toThrow('Docker on this machine builds for linux/amd64, linux/386, not for linux/arm64.');
});

it('nothing is claimed where the builder does not say what it builds for', () => {
  expect(describeBuilder('20.10 amd64', silent, 'ARM64')).toEqual({
    unknown: '20.10 runs; whether it builds for linux/arm64 is not known',
  });
});
