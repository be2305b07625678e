import { OpenIdConnectProvider } from '@pulumi/aws/iam/openIdConnectProvider.js';
import { Policy } from '@pulumi/aws/iam/policy.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js';
import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import type { Contract } from '../contract/contract.ts';
import { appStatements } from '../foundation/app-statements.ts';
import { boundaryNameOfExpiring, expiringNaming, type Naming, physicalName } from '../foundation/naming.ts';
import { boundaryName } from '../foundation/permissions-boundary.ts';
import type { Statement } from '../foundation/statement.ts';
import { type App, hostsOf, type Permission, releaseCommand, scheduledOf } from '../manifest/app.ts';
import type { Network } from '../network/network.ts';
import type { Github, Settings } from '../settings/settings.ts';
import { type DeploymentTime, deploymentTime } from './deployment-time.ts';
import { computePermissions } from './permissions/deploy-compute.ts';
import { dataPermissions } from './permissions/deploy-data.ts';
import { edgePermissions } from './permissions/deploy-edge.ts';
import { networkPermissions } from './permissions/deploy-network.ts';
import { observabilityPermissions } from './permissions/deploy-observability.ts';
import { optionPermissions } from './permissions/deploy-options.ts';
import { rolePermissions } from './permissions/deploy-roles.ts';
import { evidencePermissions } from './permissions/evidence.ts';
import { furtherReadPermissions, readPermissions } from './permissions/read.ts';
import type { Scope } from './permissions/scope.ts';
import { stateReadPermissions, stateWritePermissions } from './permissions/state.ts';

export interface ContinuousDeliveryArgs {
  readonly settings: Settings;
  readonly app: App;
  readonly contract: Pick<Contract, 'rolloutTimeoutSeconds'>;
  readonly naming: Naming;
  readonly network: Network;
  /** For the app's own resources. */
  readonly ownPermissions: readonly Permission[];
}

/** ARNs of the roles that workflows assume. They go into the variable AWS_ROLE of the matching GitHub environments. */
interface Roles {
  readonly deploy?: pulumi.Output<string>;
  readonly preview?: pulumi.Output<string>;
  /** For the GitHub environment pull-requests. */
  readonly pullRequests?: pulumi.Output<string>;
  /** What promotes from this environment in another account assumes it: `promoteFromRole` there. */
  readonly evidence?: pulumi.Output<string>;
}

const issuer = 'token.actions.githubusercontent.com';
const audience = 'sts.amazonaws.com';

/**
 * Two IAM roles for GitHub Actions, assumed through OIDC instead of access keys. The deploy role trusts the GitHub
 * environment of the same name, where a person approves. The preview role reads, but no secret, and trusts
 * `<environment>-preview`. With `pullRequestRole`, a third one brings up and removes the environments of pull requests,
 * whatever these are called after pr-.
 *
 * Cost: none.
 * Change: in place. Workflows cannot change what they may do: a person runs the update that creates the roles, and one
 * that changes `githubRepository`, `stateBucket`, `stateKey`, `domainName`, `hostedZoneId` or an id of what exists.
 */
export class ContinuousDelivery extends pulumi.ComponentResource {
  readonly roles: Roles;

  constructor(name: string, args: ContinuousDeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:ContinuousDelivery', name, {}, opts);
    const { github, evidenceReaders } = args.settings;
    this.roles = {
      ...(github === undefined ? {} : createRoles(name, github, args, this)),
      ...(evidenceReaders.length === 0 ? {} : { evidence: createEvidenceRole(evidenceReaders, args, this) }),
    };
    this.registerOutputs({ roles: this.roles });
  }
}

function createRoles(
  name: string,
  github: Github,
  { settings, app, contract, naming, network, ownPermissions }: ContinuousDeliveryArgs,
  parent: pulumi.Resource,
): Roles {
  const provider = github.oidcProviderArn ?? createProvider(name, naming, parent);
  const scope = scopeOf(settings, app, github, naming);
  const read = [
    createPolicy('read', [...readPermissions(scope), ...stateReadPermissions(scope)], naming, parent),
    createPolicy('read-further', furtherReadPermissions(scope), naming, parent),
  ];
  const change = [
    createPolicy(
      'deploy-network',
      network.vpcId.apply((vpcId) => networkPermissions(scope, vpcId)),
      naming,
      parent,
    ),
    createPolicy('deploy-edge', edgePermissions(scope), naming, parent),
    createPolicy('deploy-compute', computePermissions(scope), naming, parent),
    createPolicy('deploy-observability', observabilityPermissions(scope), naming, parent),
    createPolicy('deploy-roles', rolePermissions(scope), naming, parent),
    createPolicy('deploy-options', optionPermissions(scope), naming, parent),
    createPolicy('deploy-data', [...dataPermissions(scope), ...stateWritePermissions(scope)], naming, parent),
    ...(ownPermissions.length === 0
      ? []
      : [createPolicy('deploy-own', appStatements(ownPermissions, settings), naming, parent)]),
  ];
  const { environment } = naming;
  const trust = { provider, repository: github.repository, naming };
  const seconds = sessionSeconds(deploymentTime(settings, contract));
  return {
    deploy: createRole('deploy', { ...trust, environment, sessionSeconds: seconds }, [...read, ...change], parent),
    preview: createRole(
      'preview',
      { ...trust, environment: `${environment}-preview`, sessionSeconds: shortestSession },
      read,
      parent,
    ),
    ...(github.pullRequests
      ? {
          pullRequests: createRole(
            'pull-requests',
            { ...trust, environment: 'pull-requests', sessionSeconds: seconds },
            policiesOfExpiring({ settings, app, naming, ownPermissions }, github, parent),
            parent,
          ),
        }
      : {}),
  };
}

/** What a deployment of any environment that expires needs, and none that lasts. */
function policiesOfExpiring(
  {
    settings,
    app,
    naming,
    ownPermissions,
  }: Pick<ContinuousDeliveryArgs, 'settings' | 'app' | 'naming' | 'ownPermissions'>,
  { stateBucket, stateKey }: Github,
  parent: pulumi.Resource,
): readonly NamedPolicy[] {
  const { vpc } = settings.existing;
  const scope: Scope = {
    ...basisOf(settings, app),
    naming: expiringNaming(),
    boundaryName: boundaryNameOfExpiring(naming),
    // They share a network only: scripts/program/small-settings.ts.
    ...(vpc === undefined ? {} : { existingVpcId: vpc.id }),
    ...(stateBucket === undefined ? {} : { stateBucket }),
    ...(stateKey === undefined ? {} : { stateKey }),
  };
  const policy = (name: string, statements: readonly Statement[]) =>
    createPolicy(`pull-requests-${name}`, statements, naming, parent);
  return [
    policy('read', [...readPermissions(scope), ...stateReadPermissions(scope)]),
    policy('read-further', furtherReadPermissions(scope)),
    policy('network', networkPermissions(scope, undefined)),
    policy('edge', edgePermissions(scope)),
    policy('compute', computePermissions(scope)),
    policy('observability', observabilityPermissions(scope)),
    policy('roles', rolePermissions(scope)),
    policy('options', optionPermissions(scope)),
    policy('data', [...dataPermissions(scope), ...stateWritePermissions(scope)]),
    ...(ownPermissions.length === 0 ? [] : [policy('own', appStatements(ownPermissions, settings))]),
  ];
}

function basisOf(settings: Settings, app: App) {
  return {
    partition: partitionOf(settings.region),
    processes: [...Object.keys(app.processes), releaseCommand],
    scheduled: scheduledOf(app),
  };
}

function scopeOf(settings: Settings, app: App, { stateBucket, stateKey }: Github, naming: Naming): Scope {
  const { domain } = settings.edge;
  const { existing } = settings;
  const { promoteFromRole } = settings.release;
  return {
    naming,
    ...basisOf(settings, app),
    boundaryName: boundaryName(naming),
    ...(existing.vpc === undefined ? {} : { existingVpcId: existing.vpc.id }),
    ...(existing.cluster === undefined ? {} : { existingCluster: existing.cluster.name }),
    ...(existing.listener === undefined ? {} : { existingListener: existing.listener }),
    ...(existing.database === undefined ? {} : { existingDatabase: existing.database }),
    ...(existing.certificateArn === undefined ? {} : { hasCertificate: true }),
    ...(domain === undefined ? {} : { domain: { ...domain, hosts: hostsOf(app) } }),
    ...(promoteFromRole === undefined ? {} : { promoteFromRole }),
    ...(stateBucket === undefined ? {} : { stateBucket }),
    ...(stateKey === undefined ? {} : { stateKey }),
  };
}

/** Assumed by roles of another account, with a session that outlives no promotion's first minutes. */
function createEvidenceRole(
  readers: readonly string[],
  { settings, naming }: ContinuousDeliveryArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const role = new Role(
    'ci-evidence',
    {
      name: physicalName(naming, 'ci-evidence', 'role'),
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: readers }, Action: 'sts:AssumeRole' }],
      }),
      maxSessionDuration: shortestSession,
      tags: naming.tags,
    },
    { parent },
  );
  const statements = evidencePermissions({ naming, partition: partitionOf(settings.region) });
  const { arn } = createPolicy('evidence', statements, naming, parent);
  new RolePolicyAttachment('ci-evidence', { role: role.name, policyArn: arn }, { parent });
  return role.arn;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html: from one hour to twelve. */
const [shortestSession, longestSession] = [3600, 43_200];

/** Whole hours: a promotion with long bake times must not lose its credentials in the middle. */
function sessionSeconds({ promotionSeconds }: DeploymentTime): number {
  const hours = Math.ceil(promotionSeconds / 3600);
  return Math.min(longestSession, Math.max(shortestSession, hours * 3600));
}

/** No thumbprint: IAM trusts the certificate authorities of GitHub. */
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
  statements: pulumi.Input<readonly Statement[]>,
  naming: Naming,
  parent: pulumi.Resource,
): NamedPolicy {
  const policy = new Policy(
    `ci-${name}`,
    {
      name: physicalName(naming, `ci-${name}`),
      description: 'What workflows of this environment may do',
      policy: pulumi.output(statements).apply((Statement) => JSON.stringify({ Version: '2012-10-17', Statement })),
      tags: naming.tags,
    },
    { parent },
  );
  return { name, arn: policy.arn };
}

interface Trust {
  readonly provider: pulumi.Input<string>;
  readonly repository: string;
  /** GitHub environment. Its protection rules define who approves, and from which branches. */
  readonly environment: string;
  /** The longest that one job may keep its credentials. */
  readonly sessionSeconds: number;
  readonly naming: Naming;
}

function createRole(
  name: string,
  { provider, repository, environment, sessionSeconds, naming }: Trust,
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
      maxSessionDuration: sessionSeconds,
      tags: naming.tags,
    },
    { parent },
  );
  for (const policy of policies) {
    new RolePolicyAttachment(`ci-${name}-${policy.name}`, { role: role.name, policyArn: policy.arn }, { parent });
  }
  return role.arn;
}
