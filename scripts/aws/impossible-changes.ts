import type { Settings } from '../../infra/settings/settings.ts';
import { Refusal } from '../messages/user-error.ts';
import type { StackState } from '../pulumi/stack-export.ts';

interface Impossible {
  readonly key: string;
  readonly now: string;
  readonly asked: string;
  readonly why: string;
  readonly instead: string;
}

const newEnvironment = (environment: string) =>
  `Set it back. To have the new value, bring up another environment with it, move the data there (pg_dump, or a snapshot), and point the domain at it; then take ${environment} down.`;

/**
 * Refuses, before anything changes, settings that AWS cannot change on an environment that exists: the update would stop
 * in the middle, or replace the network under a database that is protected.
 *
 * @param state as the backend has it; undefined: there is no environment yet
 */
export function assertChangesPossible(environment: string, settings: Settings, state: StackState | undefined): void {
  if (state === undefined) return;
  const impossible = [
    ...vpcChange(environment, settings, state),
    ...listenerChange(environment, settings, state),
    ...clusterChange(environment, settings, state),
    ...cidrChange(environment, settings, state),
    ...zonesChange(environment, settings, state),
    ...majorChange(settings, state),
  ];
  if (impossible.length === 0) return;
  throw new Refusal({
    code: 'CHANGE_IMPOSSIBLE',
    message: impossible
      .map(({ key, now, asked, why }) => `${key} cannot change from ${now} to ${asked} on ${environment}: ${why}`)
      .join('\n'),
    rule: 'What an update cannot bring to its end is refused before its first change.',
    remedy: [...new Set(impossible.map(({ instead }) => instead))].join('\n'),
  });
}

function outputsOf({ resources }: StackState, type: string): readonly Readonly<Record<string, unknown>>[] {
  return resources.filter((resource) => resource.type === type).map(({ outputs }) => outputs);
}

function vpcChange(environment: string, { existing }: Settings, state: StackState): readonly Impossible[] {
  const [now] = outputsOf(state, 'aws:ec2/securityGroup:SecurityGroup').map(({ vpcId }) => vpcId);
  return moveOf(environment, {
    key: 'existingVpcId',
    own: ['awsx:ec2:Vpc', 'aws:ec2/vpc:Vpc'].some((type) => outputsOf(state, type).length > 0),
    now,
    asked: existing.vpc?.id,
    what: 'VPC',
    why: 'security groups, load balancer and database stay in the VPC in which they were created.',
  });
}

function listenerChange(environment: string, { existing }: Settings, state: StackState): readonly Impossible[] {
  const [now] = outputsOf(state, 'aws:lb/listenerRule:ListenerRule').map(({ listenerArn }) => listenerArn);
  return moveOf(environment, {
    key: 'existingListenerArn',
    own: outputsOf(state, 'aws:lb/loadBalancer:LoadBalancer').length > 0,
    now,
    asked: existing.listener?.arn,
    what: 'load balancer',
    why: 'a target group belongs to one load balancer, and the services to their target groups.',
  });
}

function clusterChange(environment: string, { existing }: Settings, state: StackState): readonly Impossible[] {
  const [now] = outputsOf(state, 'aws:ecs/service:Service').map(({ cluster }) => cluster);
  // Without a service nothing has to move.
  if (typeof now !== 'string') return [];
  return moveOf(environment, {
    key: 'existingClusterArn',
    own: outputsOf(state, 'aws:ecs/cluster:Cluster').length > 0,
    now,
    asked: existing.cluster?.arn,
    what: 'cluster',
    why: 'ECS moves no service to another cluster: it would be another service, which no alarm rolls back to the tasks of this one.',
  });
}

interface Move {
  readonly key: string;
  /** Whether the stack has one of its own now. */
  readonly own: boolean;
  /** What resources of the stack are in now. */
  readonly now: unknown;
  /** The existing one that the settings name. */
  readonly asked: string | undefined;
  readonly what: string;
  readonly why: string;
}

/** From one of the stack to an existing one, back, or to another existing one. */
function moveOf(environment: string, { key, own, now, asked, what, why }: Move): readonly Impossible[] {
  if (own ? asked === undefined : typeof now !== 'string' || asked === now) return [];
  const ofStack = `nothing (a ${what} of the stack)`;
  return [
    { key, now: own ? ofStack : String(now), asked: asked ?? ofStack, why, instead: newEnvironment(environment) },
  ];
}

function cidrChange(environment: string, { network, existing }: Settings, state: StackState): readonly Impossible[] {
  if (existing.vpc !== undefined) return [];
  const now = outputsOf(state, 'aws:ec2/vpc:Vpc')[0]?.['cidrBlock'];
  if (typeof now !== 'string' || now === network.cidr) return [];
  const why =
    'AWS does not change the primary range of a VPC, and a new VPC replaces everything in it, the database too.';
  return [{ key: 'vpcCidr', now, asked: network.cidr, why, instead: newEnvironment(environment) }];
}

/** The ranges of the subnets follow from how many there are: those of a third zone lie where others are now. */
function zonesChange(environment: string, { network, existing }: Settings, state: StackState): readonly Impossible[] {
  if (existing.vpc !== undefined) return [];
  const zones = new Set(outputsOf(state, 'aws:ec2/subnet:Subnet').map(({ availabilityZone }) => availabilityZone));
  if (zones.size === 0 || zones.size === network.availabilityZones) return [];
  const why =
    'the ranges of all subnets depend on the number of zones, and new ones would collide with those that exist.';
  return [
    {
      key: 'availabilityZones',
      now: String(zones.size),
      asked: String(network.availabilityZones),
      why,
      instead: newEnvironment(environment),
    },
  ];
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html */
function majorChange({ database }: Settings, state: StackState): readonly Impossible[] {
  const outputs = outputsOf(state, 'aws:rds/instance:Instance')[0];
  const now = outputs?.['engineVersionActual'] ?? outputs?.['engineVersion'];
  if (typeof now !== 'string') return [];
  const [from = '', to = ''] = [now, database.engineVersion].map((version) => version.split('.')[0]);
  if (from === to) return [];
  return [
    {
      key: 'databaseEngineVersion',
      now,
      asked: database.engineVersion,
      why: 'RDS refuses another major version without a consent that a release does not give, and none goes back.',
      instead:
        'Set it back. For a newer major version, create a blue/green deployment of the database in RDS (its parameter group of the new family), test it, switch over, run `pulumi refresh`, and then set databaseEngineVersion to what runs.',
    },
  ];
}
