import { PolicyPack, type ResourceValidationPolicy } from '@pulumi/policy';
import type { NamedRule } from './rule.ts';
import { rules } from './rules.ts';

/**
 * The policy pack: `pulumi up --policy-pack infra/policy` stops before it changes a resource that violates a rule. Reading
 * a property that is not known yet throws, and the engine reports that the rule was not applied.
 */
function policyOf({ name, description, check }: NamedRule): ResourceValidationPolicy {
  return {
    name,
    description,
    validateResource: ({ type, name: logicalName, props }, reportViolation) => {
      for (const problem of check({ type, name: logicalName, inputs: props })) reportViolation(problem);
    },
  };
}

new PolicyPack('nest-fargate', { policies: rules.map(policyOf), enforcementLevel: 'mandatory' });
