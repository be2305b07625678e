import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDSClient } from '@aws-sdk/client-rds';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { requestDeadlines } from '../pulumi/request-deadlines.ts';
import { makeInterruptible } from './interruptible.ts';
import { ServiceTime } from './service-time.ts';

export interface AwsAccess {
  readonly region: string;
  /** Accounts that the stack file allows; none: any. */
  readonly accounts?: readonly string[];
  /** Another place than AWS, for tests; the SDK's own variables (AWS_ENDPOINT_URL) work as well. */
  readonly endpoint?: string;
  /** Absent: found by the SDK, in the environment, the shared files or the instance. */
  readonly credentials?: NonNullable<STSClientConfig['credentials']>;
}

type ClientConfig = Omit<AwsAccess, 'accounts'> & typeof retry & { readonly requestHandler: typeof requestDeadlines };

/** One client per service and region: they keep connections open and share what they learned of throttling. */
export interface AwsClients {
  readonly region: string;
  /** Accounts that the stack file allows; none: any. */
  readonly accounts: readonly string[];
  /** What they were made with, for clients that only some commands need. */
  readonly config: ClientConfig;
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly metrics: CloudWatchClient;
  readonly ecr: ECRClient;
  readonly rds: RDSClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
  /** As their answers tell it. */
  readonly time: ServiceTime;
}

/**
 * While a stack is updated the engine, ECS and we ask the same APIs, and throttling is the rule. Adaptive mode slows down
 * the whole client after a throttling error instead of retrying each call by itself; eight attempts with the SDK's
 * back-off (at most 20 s each) outlast the bursts that an update makes.
 */
const retry = { maxAttempts: 8, retryMode: 'adaptive' } as const;

/** @param interruption of calls before the first change, see interruptible.ts */
export function createClients(
  access: AwsAccess,
  interruption: () => AbortSignal | undefined = () => undefined,
): AwsClients {
  const config: ClientConfig = {
    region: access.region,
    ...retry,
    requestHandler: requestDeadlines,
    ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint }),
    ...(access.credentials === undefined ? {} : { credentials: access.credentials }),
  };
  const clients = {
    ecs: new ECSClient(config),
    elb: new ElasticLoadBalancingV2Client(config),
    logs: new CloudWatchLogsClient(config),
    metrics: new CloudWatchClient(config),
    ecr: new ECRClient(config),
    rds: new RDSClient(config),
    ssm: new SSMClient(config),
    sts: new STSClient(config),
  };
  const time = new ServiceTime();
  for (const client of Object.values(clients)) {
    time.follow(client);
    makeInterruptible(client, interruption);
  }
  return { region: access.region, accounts: access.accounts ?? [], config, ...clients, time };
}
