import { fieldsOf, type NamedRule } from './rule.ts';

const isOn = (guard: unknown) => {
  const { enable, rollback } = fieldsOf(guard);
  return enable === true && rollback === true;
};

/** Otherwise ECS keeps starting tasks that never become healthy. The circuit breaker supports rolling updates only. */
export const withoutCircuitBreaker: NamedRule = {
  name: 'service-without-circuit-breaker',
  description: 'ECS rolls back a failing rollout, through the circuit breaker or alarms.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:ecs/service:Service') return [];
    const { strategy = 'ROLLING' } = fieldsOf(inputs['deploymentConfiguration']);
    if (strategy === 'ROLLING') {
      return isOn(inputs['deploymentCircuitBreaker'])
        ? []
        : ['The service has no circuit breaker that rolls back: set deploymentCircuitBreaker.'];
    }
    return isOn(inputs['alarms']) ? [] : ['The service shifts traffic without alarms that roll back: set alarms.'];
  },
};
