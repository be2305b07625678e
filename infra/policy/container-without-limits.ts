import { aboutContainers, type NamedRule } from './rule.ts';

const isCount = (value: unknown) => typeof value === 'number' && value > 0;

/** Without a limit, a leak stops the whole task. With one, the container that leaks exits with 137. */
export const withoutMemoryLimit: NamedRule = {
  name: 'container-without-memory-limit',
  description: 'Every container has a memory limit of its own.',
  check: aboutContainers(({ memory }) => !isCount(memory), 'has no memory limit: set memory.'),
};

/** The default of ECS is 30 s, which may be less than the longest request. */
export const withoutStopTimeout: NamedRule = {
  name: 'container-without-stop-timeout',
  description: 'Every container has an explicit stop timeout.',
  check: aboutContainers(({ stopTimeout }) => !isCount(stopTimeout), 'has no stop timeout: set stopTimeout.'),
};
