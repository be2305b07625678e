import { aboutContainers, fieldsOf, type NamedRule } from './rule.ts';

const isRoot = (user: unknown) => user === undefined || /^(root|0)(:|$)/.test(String(user));

/** Code that escapes the app must not have privileges. */
export const asRoot: NamedRule = {
  name: 'container-as-root',
  description: 'Containers run as a user other than root.',
  check: aboutContainers(({ user }) => isRoot(user), 'runs as root: set user to a number other than 0.'),
};

/** An attacker cannot persist anything. */
export const withWritableRoot: NamedRule = {
  name: 'container-with-writable-root',
  description: 'Containers have a read-only root file system.',
  check: aboutContainers(
    ({ readonlyRootFilesystem }) => readonlyRootFilesystem !== true,
    'can write to its root file system: set readonlyRootFilesystem.',
  ),
};

/** As PID 1, a process has no default signal handlers. */
export const withoutInit: NamedRule = {
  name: 'container-without-init',
  description: 'Containers have an init process that forwards signals and reaps children.',
  check: aboutContainers(
    ({ linuxParameters }) => fieldsOf(linuxParameters)['initProcessEnabled'] !== true,
    'has no init process: set linuxParameters.initProcessEnabled.',
  ),
};
