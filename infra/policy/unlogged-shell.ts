import { fieldsOf, type NamedRule } from './rule.ts';

/** A shell in a task has the app's secrets, so its use must leave a record. */
export const unloggedShell: NamedRule = {
  name: 'unlogged-shell',
  description: 'ECS Exec sessions are logged to a log group of their own.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:ecs/cluster:Cluster') return [];
    const shells = fieldsOf(inputs['configuration'])['executeCommandConfiguration'];
    if (shells === undefined) return [];
    const { logging, logConfiguration } = fieldsOf(shells);
    const isLogged = logging === 'OVERRIDE' && fieldsOf(logConfiguration)['cloudWatchLogGroupName'] !== undefined;
    return isLogged ? [] : ['ECS Exec sessions are not logged: set logging to OVERRIDE, and a log group.'];
  },
};
