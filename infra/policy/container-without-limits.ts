import { aboutContainers, type NamedRule } from './rule.ts';

const isCount = (value: unknown) => typeof value === 'number' && value > 0;

/** Without it a leak takes the whole task down, unnamed; with it, one container ends with exit code 137. */
export const withoutMemoryLimit: NamedRule = {
  name: 'container-without-memory-limit',
  description: 'Each container has a memory limit of its own.',
  check: aboutContainers(({ memory }) => !isCount(memory), 'has no memory limit: set memory.'),
};

/** ECS takes 30 s where nothing is said, which may be less than the longest request. */
export const withoutStopTimeout: NamedRule = {
  name: 'container-without-stop-timeout',
  description: 'Each container says how long it may take to stop.',
  check: aboutContainers(({ stopTimeout }) => !isCount(stopTimeout), 'has no stop timeout: set stopTimeout.'),
};
