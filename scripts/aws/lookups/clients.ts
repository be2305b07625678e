import { EC2Client } from '@aws-sdk/client-ec2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { WAFV2Client } from '@aws-sdk/client-wafv2';
import type { AwsClients } from '../clients.ts';

/** The clients of all commands, and those that only a lookup needs: they take their time to load. */
export interface LookupClients extends AwsClients {
  readonly ec2: EC2Client;
  readonly elasticache: ElastiCacheClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly dns: Route53Client;
  readonly scheduler: SchedulerClient;
  readonly waf: WAFV2Client;
}

export function createLookupClients(clients: AwsClients): LookupClients {
  const { config } = clients;
  return {
    ...clients,
    ec2: new EC2Client(config),
    elasticache: new ElastiCacheClient(config),
    iam: new IAMClient(config),
    kms: new KMSClient(config),
    dns: new Route53Client(config),
    scheduler: new SchedulerClient(config),
    waf: new WAFV2Client(config),
  };
}
