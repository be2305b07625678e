import { OpenIdConnectProvider } from '@pulumi/aws/iam/openIdConnectProvider.js';
import { Policy } from '@pulumi/aws/iam/policy.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js';
import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { Github, Settings } from '../settings/settings.ts';
import { computePermissions } from './permissions/deploy-compute.ts';
import { dataPermissions } from './permissions/deploy-data.ts';
import { networkPermissions } from './permissions/deploy-network.ts';
import { optionPermissions } from './permissions/deploy-options.ts';
import { readPermissions } from './permissions/read.ts';
import { stateReadPermissions, stateWritePermissions } from './permissions/state.ts';
import type { Statement } from './permissions/statement.ts';

export interface ContinuousDeliveryArgs {
  readonly settings: Settings;
  readonly naming: Naming;
}

/** ARNs of the roles that workflows take: the variable AWS_ROLE of the GitHub environments of the same names. */
interface Roles {
  readonly deploy?: pulumi.Output<string>;
  readonly preview?: pulumi.Output<string>;
}

const issuer = 'token.actions.githubusercontent.com';
const audience = 'sts.amazonaws.com';

/**
 * Two roles for GitHub Actions, taken with a token of GitHub's instead of a key: one that deploys this environment, from
 * the GitHub environment of its name, where a person approves; one that reads, from `<environment>-preview`.
 *
 * Cost: none.
 * Change: `githubRepository` takes effect in place; the first update that makes the roles is a person's.
 */
export class ContinuousDelivery extends pulumi.ComponentResource {
  readonly roles: Roles;

  constructor(name: string, args: ContinuousDeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:ContinuousDelivery', name, {}, opts);
    const { github } = args.settings;
    this.roles = github === undefined ? {} : createRoles(name, github, args, this);
    this.registerOutputs({ roles: this.roles });
  }
}

function createRoles(
  name: string,
  github: Github,
  { settings, naming }: ContinuousDeliveryArgs,
  parent: pulumi.Resource,
): Roles {
  const provider = github.oidcProviderArn ?? createProvider(name, naming, parent);
  const { stateBucket } = github;
  const scope = {
    naming,
    partition: partitionOf(settings.region),
    ...(stateBucket === undefined ? {} : { stateBucket }),
  };
  const read = createPolicy('read', [...readPermissions(scope), ...stateReadPermissions(scope)], naming, parent);
  const change = [
    createPolicy('deploy-network', networkPermissions(scope), naming, parent),
    createPolicy('deploy-compute', computePermissions(scope), naming, parent),
    createPolicy('deploy-options', optionPermissions(scope), naming, parent),
    createPolicy('deploy-data', [...dataPermissions(scope), ...stateWritePermissions(scope)], naming, parent),
  ];
  const { environment } = naming;
  const trust = { provider, repository: github.repository, naming };
  return {
    deploy: createRole('deploy', { ...trust, environment }, [read, ...change], parent),
    preview: createRole('preview', { ...trust, environment: `${environment}-preview` }, [read], parent),
  };
}

/** Certificates of GitHub are signed by authorities that IAM knows: no thumbprint is asked for. */
function createProvider(name: string, { tags }: Naming, parent: pulumi.Resource): pulumi.Output<string> {
  const provider = new OpenIdConnectProvider(
    `${name}-github`,
    { url: `https://${issuer}`, clientIdLists: [audience], tags },
    { parent },
  );
  return provider.arn;
}

interface NamedPolicy {
  readonly name: string;
  readonly arn: pulumi.Output<string>;
}

function createPolicy(
  name: string,
  statements: readonly Statement[],
  naming: Naming,
  parent: pulumi.Resource,
): NamedPolicy {
  const policy = new Policy(
    `ci-${name}`,
    {
      name: physicalName(naming, `ci-${name}`),
      description: 'What workflows of this environment may do',
      policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
      tags: naming.tags,
    },
    { parent },
  );
  return { name, arn: policy.arn };
}

interface Trust {
  readonly provider: pulumi.Input<string>;
  readonly repository: string;
  /** Of GitHub: its rules say who approves, and from which branches. */
  readonly environment: string;
  readonly naming: Naming;
}

function createRole(
  name: string,
  { provider, repository, environment, naming }: Trust,
  policies: readonly NamedPolicy[],
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const role = new Role(
    `ci-${name}`,
    {
      name: physicalName(naming, `ci-${name}`, 'role'),
      assumeRolePolicy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: provider },
            Action: 'sts:AssumeRoleWithWebIdentity',
            // https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
            Condition: {
              StringEquals: {
                [`${issuer}:aud`]: audience,
                [`${issuer}:sub`]: `repo:${repository}:environment:${environment}`,
              },
            },
          },
        ],
      }),
      tags: naming.tags,
    },
    { parent },
  );
  for (const policy of policies) {
    new RolePolicyAttachment(`ci-${name}-${policy.name}`, { role: role.name, policyArn: policy.arn }, { parent });
  }
  return role.arn;
}
