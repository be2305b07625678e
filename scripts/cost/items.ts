import { instanceClasses, instanceVcpus } from '../../infra/catalog/rds-instance-classes.ts';
import { fieldsOf, ofType, zonesOf } from '../../infra/graph/query.ts';
import type { Graph, RecordedResource } from '../../infra/graph/record.ts';
import type { BilledItem } from './billed-item.ts';
import { fargateItems } from './fargate-items.ts';
import { isPriceKey, type PriceKey } from './prices.ts';
import { assumedUsage, hoursPerMonth } from './usage.ts';

/** Everything in a graph that is billed, in the order of a bill: what runs, what it stands on, what watches it. */
export function billedItems(graph: Graph): readonly BilledItem[] {
  return [
    ...fargateItems(graph),
    ...databaseItems(graph),
    ...valkeyItems(graph),
    ...edgeItems(graph),
    ...networkItems(graph),
    ...keptItems(graph),
    ...watchingItems(graph),
  ];
}

/** What of a price list a graph needs. */
export function billedKeys(graph: Graph): ReadonlySet<PriceKey> {
  return new Set(billedItems(graph).map(({ key }) => key));
}

/** An item of which the quantity is known. */
function fixed(component: string, what: string, key: PriceKey, quantity: number): BilledItem {
  return { component, what, key, quantity: { least: quantity, most: quantity } };
}

function keyOf(key: string): PriceKey {
  if (isPriceKey(key)) return key;
  throw new Error(`${key} is not in scripts/cost/prices.ts: add it with its unit.`);
}

function databaseItems(graph: Graph): readonly BilledItem[] {
  const proxies = ofType(graph, 'aws:rds/proxy:Proxy').length;
  return ofType(graph, 'aws:rds/instance:Instance').flatMap(({ inputs }) => {
    const knownClass = instanceClasses.find((name) => name === inputs['instanceClass']) ?? instanceClasses[0];
    const copies = inputs['multiAz'] === true ? 2 : 1;
    const standby = copies === 2 ? ', with a standby' : '';
    const storageGiB = Number(inputs['allocatedStorage']);
    const most = Math.max(storageGiB, Number(inputs['maxAllocatedStorage'] ?? storageGiB));
    return [
      fixed('database', `${knownClass}${standby}`, keyOf(`rds.${knownClass}.hour`), copies * hoursPerMonth),
      {
        component: 'database',
        what: `storage, ${storageGiB} to ${most} GiB${standby}`,
        key: 'rds.gp3.gb-month' as const,
        quantity: { least: copies * storageGiB, most: copies * most },
      },
      ...(proxies === 0
        ? []
        : [
            fixed(
              'database',
              `RDS Proxy for ${instanceVcpus(knownClass)} vCPUs`,
              'rds.proxy.vcpu-hour',
              proxies * instanceVcpus(knownClass) * hoursPerMonth,
            ),
          ]),
    ];
  });
}

function valkeyItems(graph: Graph): readonly BilledItem[] {
  return ofType(graph, 'aws:elasticache/replicationGroup:ReplicationGroup').map(({ inputs }) => {
    const nodes = Number(inputs['numCacheClusters']);
    const type = String(inputs['nodeType']);
    return fixed('valkey', `${nodes} × ${type}`, keyOf(`valkey.${type}.hour`), nodes * hoursPerMonth);
  });
}

/** Zones of the VPC, in each of which there is an address, an endpoint, or a gateway. */
function zoneCount(graph: Graph): number {
  return zonesOf(ofType(graph, 'awsx:ec2:Vpc')[0]?.inputs ?? {});
}

function subnetCount({ subnets }: RecordedResource['inputs']): number {
  return Array.isArray(subnets) ? subnets.length : 0;
}

function edgeItems(graph: Graph): readonly BilledItem[] {
  const balancers = ofType(graph, 'aws:lb/loadBalancer:LoadBalancer');
  const { loadBalancerUnits, millionRequests } = assumedUsage;
  // In a VPC that is not the stack's, the load balancer still has an address in each of its subnets.
  const zones = Math.max(zoneCount(graph), ...balancers.map(({ inputs }) => subnetCount(inputs)));
  return [
    ...(balancers.length === 0
      ? []
      : [
          fixed('edge', 'load balancer', 'alb.hour', balancers.length * hoursPerMonth),
          fixed('edge', `capacity, ${loadBalancerUnits} LCU`, 'alb.lcu-hour', loadBalancerUnits * hoursPerMonth),
          fixed('edge', `public IPv4 addresses, ${zones}`, 'ipv4.hour', zones * hoursPerMonth),
        ]),
    ...ofType(graph, 'aws:wafv2/webAcl:WebAcl').flatMap(({ inputs }) => {
      const rules = Array.isArray(inputs['rules']) ? inputs['rules'].length : 0;
      return [
        fixed('edge', 'firewall', 'waf.acl-month', 1),
        fixed('edge', `firewall rules, ${rules}`, 'waf.rule-month', rules),
        fixed(
          'edge',
          `requests through the firewall, ${millionRequests} million`,
          'waf.million-requests',
          millionRequests,
        ),
      ];
    }),
  ];
}

function networkItems(graph: Graph): readonly BilledItem[] {
  const zones = zoneCount(graph);
  const gateways = natGateways(graph, zones);
  const interfaces = ofType(graph, 'aws:ec2/vpcEndpoint:VpcEndpoint').filter(
    ({ inputs }) => inputs['vpcEndpointType'] === 'Interface',
  ).length;
  const { natGB } = assumedUsage;
  return [
    ...(gateways === 0
      ? []
      : [
          fixed('network', `NAT gateways, ${gateways}`, 'nat.hour', gateways * hoursPerMonth),
          fixed('network', `data through NAT, ${natGB} GB`, 'nat.gb', natGB),
          fixed('network', `public IPv4 addresses, ${gateways}`, 'ipv4.hour', gateways * hoursPerMonth),
        ]),
    ...(interfaces === 0
      ? []
      : [
          fixed(
            'network',
            `endpoints, ${interfaces} × ${zones} zones`,
            'endpoint.hour',
            interfaces * zones * hoursPerMonth,
          ),
        ]),
  ];
}

function natGateways(graph: Graph, zones: number): number {
  const [vpc] = ofType(graph, 'awsx:ec2:Vpc');
  const { strategy } = fieldsOf(vpc?.inputs['natGateways']);
  if (strategy === 'OnePerAz') return zones;
  return strategy === 'Single' ? 1 : 0;
}

function keptItems(graph: Graph): readonly BilledItem[] {
  // RDS keeps the password of the owner in one of its own.
  const secrets =
    ofType(graph, 'aws:secretsmanager/secret:Secret').length + ofType(graph, 'aws:rds/instance:Instance').length;
  const keys = ofType(graph, 'aws:kms/key:Key').length;
  const { registryGB } = assumedUsage;
  return [
    fixed('secrets', `secrets, ${secrets}`, 'secret.month', secrets),
    ...(keys === 0 ? [] : [fixed('encryption', `keys, ${keys}`, 'kms.key-month', keys)]),
    ...(ofType(graph, 'aws:ecr/repository:Repository').length === 0
      ? []
      : [fixed('image', `registry, ${registryGB} GB`, 'ecr.gb-month', registryGB)]),
  ];
}

function watchingItems(graph: Graph): readonly BilledItem[] {
  const alarms = ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm').length;
  const dashboards = ofType(graph, 'aws:cloudwatch/dashboard:Dashboard').length;
  const services = ofType(graph, 'aws:ecs/service:Service').length;
  const flowLogs = ofType(graph, 'aws:ec2/flowLog:FlowLog').length;
  const checks = ofType(graph, 'aws:route53/healthCheck:HealthCheck');
  const withHttps = checks.filter(({ inputs }) => inputs['type'] === 'HTTPS').length;
  const { logsGB, flowLogsGB } = assumedUsage;
  const insights = JSON.stringify(ofType(graph, 'aws:ecs/cluster:Cluster').map(({ inputs }) => inputs['settings']));
  return [
    fixed('observability', `logs, ${logsGB} GB`, 'logs.gb', logsGB),
    ...(flowLogs === 0 ? [] : [fixed('network', `flow logs, ${flowLogsGB} GB`, 'logs.gb', flowLogsGB)]),
    fixed('observability', `alarms, ${alarms}`, 'alarm.month', alarms),
    fixed('observability', `dashboards, ${dashboards}`, 'dashboard.month', dashboards),
    ...(insights.includes('disabled')
      ? []
      : [fixed('cluster', `Container Insights, ${services} services`, 'insights.service-month', services)]),
    ...(checks.length === 0 ? [] : [fixed('from-outside', 'synthetic check', 'health-check.month', checks.length)]),
    ...(withHttps === 0
      ? []
      : [fixed('from-outside', 'synthetic check by HTTPS', 'health-check.https-month', withHttps)]),
  ];
}
