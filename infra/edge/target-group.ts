import { TargetGroup } from '@pulumi/aws/lb/targetGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Contract } from '../contract/contract.ts';
import type { Naming } from '../foundation/naming.ts';
import { type Http, readinessOf } from '../manifest/app.ts';
import type { Network } from '../network/network.ts';

export interface TargetGroupArgs {
  readonly contract: Contract;
  readonly naming: Naming;
  readonly network: Network;
}

/** The tasks of one process, with the health check that decides which of them get requests. */
export function createTargetGroup(
  name: string,
  http: Http,
  { contract, naming, network }: TargetGroupArgs,
  parent: pulumi.Resource,
): TargetGroup {
  const { readiness } = contract;
  return new TargetGroup(
    name,
    {
      vpcId: network.vpcId,
      targetType: 'ip',
      port: http.port,
      protocol: 'HTTP',
      deregistrationDelay: contract.deregistrationDelaySeconds,
      healthCheck: {
        path: readinessOf(http),
        protocol: 'HTTP',
        matcher: '200',
        interval: readiness.intervalSeconds,
        timeout: readiness.timeoutSeconds,
        healthyThreshold: readiness.healthyThreshold,
        unhealthyThreshold: readiness.unhealthyThreshold,
      },
      tags: naming.tags,
    },
    { parent },
  );
}
