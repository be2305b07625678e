import { PolicyPack, type ResourceValidationPolicy } from '@pulumi/policy';
import type { NamedRule } from './rule.ts';
import { rules } from './rules.ts';

/**
 * The rules for the engine: `pulumi up --policy-pack infra/policy` ends before it changes anything that breaks one. A
 * property that is not known yet throws when it is read, and the engine then says that the rule was not applied.
 */
function policyOf({ name, description, check }: NamedRule): ResourceValidationPolicy {
  return {
    name,
    description,
    validateResource: ({ type, name: logicalName, urn, props }, reportViolation) => {
      const [, , environment = ''] = urn.split(':');
      for (const problem of check({ type, name: logicalName, inputs: props, environment })) reportViolation(problem);
    },
  };
}

new PolicyPack('nest-fargate', { policies: rules.map(policyOf), enforcementLevel: 'mandatory' });
