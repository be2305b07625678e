import { aboutContainers, fieldsOf, type NamedRule } from './rule.ts';

const isRoot = (user: unknown) => user === undefined || /^(root|0)(:|$)/.test(String(user));

/** What breaks out of the app should find nothing that it may do. */
export const asRoot: NamedRule = {
  name: 'container-as-root',
  description: 'Containers run as a user without privileges.',
  check: aboutContainers(({ user }) => isRoot(user), 'runs as root: set user to a number other than 0.'),
};

/** An intruder cannot leave anything behind. */
export const withWritableRoot: NamedRule = {
  name: 'container-with-writable-root',
  description: 'The root file system of containers is read-only.',
  check: aboutContainers(
    ({ readonlyRootFilesystem }) => readonlyRootFilesystem !== true,
    'can write to its root file system: set readonlyRootFilesystem.',
  ),
};

/** As PID 1 a process gets no default action for signals: one that it sends itself to end would be ignored. */
export const withoutInit: NamedRule = {
  name: 'container-without-init',
  description: 'An init process passes signals on and reaps children.',
  check: aboutContainers(
    ({ linuxParameters }) => fieldsOf(linuxParameters)['initProcessEnabled'] !== true,
    'has no init process: set linuxParameters.initProcessEnabled.',
  ),
};
