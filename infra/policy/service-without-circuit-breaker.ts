import { fieldsOf, type NamedRule } from './rule.ts';

const isOn = (guard: unknown) => {
  const { enable, rollback } = fieldsOf(guard);
  return enable === true && rollback === true;
};

/** ECS would go on starting tasks that never get ready, for hours. The circuit breaker is for rolling updates only. */
export const withoutCircuitBreaker: NamedRule = {
  name: 'service-without-circuit-breaker',
  description: 'A rollout that does not get healthy is rolled back by ECS: by its circuit breaker, or by alarms.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:ecs/service:Service') return [];
    const { strategy = 'ROLLING' } = fieldsOf(inputs['deploymentConfiguration']);
    if (strategy === 'ROLLING') {
      return isOn(inputs['deploymentCircuitBreaker']) ? [] : ['The service has no circuit breaker that rolls back.'];
    }
    return isOn(inputs['alarms']) ? [] : ['The service shifts traffic without alarms that roll back.'];
  },
};
