import { containersOf, type GraphResource, ofType, type ProgramGraph } from '../../../infra/graph/query.ts';
import { databaseType } from './database.ts';
import { type LocalGraph, parseEmulator } from './emulator.ts';
import { scheduleType } from './jobs.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { describeOwn, partOwn } from './own-resources.ts';
import { isSidecar } from './sidecars.ts';
import { valkeyType } from './valkey.ts';

/** Types that the local target realises, and those that only hold others together. */
const realised = [
  /^aws:ecs\/(service:Service|taskDefinition:TaskDefinition|cluster:Cluster)$/,
  /^aws:lb\/(loadBalancer:LoadBalancer|targetGroup:TargetGroup|listener:Listener|listenerRule:ListenerRule)$/,
  /^aws:rds\/(instance:Instance|parameterGroup:ParameterGroup|subnetGroup:SubnetGroup)$/,
  /^aws:elasticache\/(replicationGroup:ReplicationGroup|parameterGroup:ParameterGroup|subnetGroup:SubnetGroup)$/,
  /^aws:secretsmanager\/(secret:Secret|secretVersion:SecretVersion)$/,
  /^aws:scheduler\/(schedule:Schedule|scheduleGroup:ScheduleGroup)$/,
  /^docker:index\/image:Image$/,
  /^pulumi-nodejs:dynamic\/stack:MigrationRun$/,
  /^pulumi:/,
];

/** What replaces a resource of AWS here, or that it is left out; the first matching pattern counts. */
const leftOut: readonly { readonly pattern: RegExp; readonly says: string }[] = [
  { pattern: /^aws:iam\//, says: 'IAM roles and policies: containers here call no AWS API' },
  {
    pattern: /^aws:cloudwatch\/metricAlarm:/,
    says: 'CloudWatch alarms and their rollbacks: a Prometheus evaluates them once `alarms on` has started it',
  },
  {
    pattern: /^aws:cloudwatch\/(eventRule|eventTarget|logResourcePolicy):/,
    says: 'events of stopped tasks: Swarm keeps the last three tasks of each replica, whatever their age',
  },
  { pattern: /^aws:cloudwatch\/logGroup:/, says: 'log groups and their retention: Docker keeps 30 MB of each task' },
  { pattern: /^aws:cloudwatch\//, says: 'CloudWatch itself: `stack dashboard` shows the panels of its dashboard here' },
  { pattern: /^aws:(sns|chatbot)\//, says: 'SNS notifications' },
  { pattern: /^aws:appautoscaling\//, says: 'autoscaling: the desired count is fixed' },
  {
    pattern: /^aws:(ec2|vpc|ec2transitgateway)\/|^awsx:/,
    says: 'VPC, subnets and security groups: one overlay network instead, with any outbound port',
  },
  { pattern: /^aws:s3\//, says: 'S3 buckets (access logs)' },
  { pattern: /^aws:ecr\//, says: 'the image registry: images stay on this engine' },
  { pattern: /^aws:ssm\//, says: 'SSM parameters: the ledger is a file' },
  { pattern: /^aws:secretsmanager\//, says: 'secret rotation: secrets are generated once and kept in a file' },
  { pattern: /^aws:ecs\/clusterCapacityProviders:/, says: 'capacity providers: no task runs on Spot' },
  { pattern: /^aws:rds\/proxy/, says: 'RDS Proxy: tasks connect to Postgres directly' },
  { pattern: /^aws:kms\//, says: 'encryption keys' },
  { pattern: /^aws:route53\/healthCheck:/, says: 'the synthetic check' },
  { pattern: /^aws:(acm|route53)\//, says: 'domain and certificate' },
  { pattern: /^aws:wafv2\//, says: 'the web application firewall' },
];

/**
 * One line for each kind of resource that the program declares and this machine does not have. An unknown type is listed
 * by its name: nothing is left out in silence.
 */
export function unrealised(whole: LocalGraph, loadBalancer: LoadBalancer | undefined): readonly string[] {
  const parted = partOwn(whole);
  const graph = parted.stack;
  const counts = new Map<string, number>();
  for (const { type } of graph.resources) {
    if (type.startsWith('stack:') || realised.some((pattern) => pattern.test(type))) continue;
    const line = leftOut.find(({ pattern }) => pattern.test(type))?.says ?? type;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const has = (type: string) => ofType(graph, type).length > 0;
  const containers = graph.resources.flatMap(containersOf);
  const sidecars = [...new Set(containers.filter(isSidecar).map(({ name }) => String(name)))];
  return [
    ...describeOwn(parted, parseEmulator(parted.stack, parted.own)),
    ...[...counts].map(([line, count]) => `${line} (${count} ${count === 1 ? 'resource' : 'resources'})`),
    ...(has(databaseType) ? ['Postgres backups, standby, encryption at rest and Performance Insights'] : []),
    ...(sidecars.length === 0 ? [] : [`sidecar containers: ${sidecars.join(', ')}`]),
    ...(ofType(graph, databaseType).some(asksForIam)
      ? ['IAM database authentication: the app logs in with a password']
      : []),
    ...(has(valkeyType) ? ['Valkey replicas, snapshots and encryption at rest: a restart empties it'] : []),
    ...(has(scheduleType) ? ['two runs of a schedule at a time: a run that has not ended is not started again'] : []),
    ...(loadBalancer?.unrealised ?? []),
  ];
}

function asksForIam({ inputs }: GraphResource): boolean {
  return inputs['iamDatabaseAuthenticationEnabled'] === true;
}
