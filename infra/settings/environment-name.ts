import type { SettingProblem } from './problems.ts';

/**
 * With which the name of every environment that expires begins: workflows may touch what is named so, git ignores stack
 * files that are, and nothing else is ever pruned. The hyphen keeps `prod` out.
 */
export const expiringPrefix = 'pr-';

/** An environment's name is part of the names of its AWS resources, which each service restricts in its own way. */
const rules = Object.freeze([
  {
    isKept: (name: string) => /^[a-z][a-z0-9-]*$/.test(name),
    rule: 'lowercase letters, digits and hyphens, starting with a letter: it becomes part of the names of AWS resources',
  },
  {
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    isKept: (name: string) => name.length <= 20,
    rule: 'at most 20 characters long: AWS limits the names that it becomes part of, to 32 characters for a load balancer',
  },
  {
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
    isKept: (name: string) => !name.endsWith('-'),
    rule: 'a name that does not end with a hyphen: RDS, ECR and Elastic Load Balancing reject such names',
  },
  {
    isKept: (name: string) => !name.includes('--'),
    rule: 'a name without consecutive hyphens: RDS, ECR and ElastiCache reject such names',
  },
]);

export function environmentNameProblems(name: string): readonly SettingProblem[] {
  return rules
    .filter(({ isKept }) => !isKept(name))
    .map(({ rule }) => ({
      keys: ['the stack name'],
      found: `is ${JSON.stringify(name)}`,
      rule,
      remedy: `Rename Pulumi.${name}.yaml and, if it exists, the stack: pulumi stack rename <name> --stack ${name}`,
    }));
}
