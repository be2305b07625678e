import { fieldsOf, type NamedRule } from './rule.ts';

/** ECS would go on starting tasks that never get ready, for hours. */
export const withoutCircuitBreaker: NamedRule = {
  name: 'service-without-circuit-breaker',
  description: 'A rollout that does not get healthy is rolled back by ECS.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:ecs/service:Service') return [];
    const { enable, rollback } = fieldsOf(inputs['deploymentCircuitBreaker']);
    return enable === true && rollback === true ? [] : ['The service has no circuit breaker that rolls back.'];
  },
};
