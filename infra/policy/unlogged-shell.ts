import { fieldsOf, type NamedRule } from './rule.ts';

/** A shell in a task is the app with its secrets: what is done in it has to be known afterwards. */
export const unloggedShell: NamedRule = {
  name: 'unlogged-shell',
  description: 'Shells in tasks are logged, to a log group of their own.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:ecs/cluster:Cluster') return [];
    const shells = fieldsOf(inputs['configuration'])['executeCommandConfiguration'];
    if (shells === undefined) return [];
    const { logging, logConfiguration } = fieldsOf(shells);
    const isLogged = logging === 'OVERRIDE' && fieldsOf(logConfiguration)['cloudWatchLogGroupName'] !== undefined;
    return isLogged ? [] : ['Shells in tasks are not logged: set logging to OVERRIDE, and a log group.'];
  },
};
