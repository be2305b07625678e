import type { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { Listener } from '@pulumi/aws/lb/listener.js';
import { LoadBalancer } from '@pulumi/aws/lb/loadBalancer.js';
import type { TargetGroup } from '@pulumi/aws/lb/targetGroup.js';
import { Record } from '@pulumi/aws/route53/record.js';
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js';
import * as pulumi from '@pulumi/pulumi';
import type { Contract } from '../contract/contract.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { PermissionsBoundary } from '../foundation/permissions-boundary.ts';
import { type App, frontOf, hostsOf, type Process, routedOf } from '../manifest/app.ts';
import type { Network } from '../network/network.ts';
import { createSecurityGroup, type HasId } from '../network/security-group.ts';
import type { Domain, Settings } from '../settings/settings.ts';
import { createAccessLogs } from './access-logs.ts';
import { createCertificate } from './certificate.ts';
import { createRoutes, type EdgeParts, type Entrance } from './entrance.ts';
import { joinListener } from './existing-listener.ts';
import { createFirewall } from './firewall.ts';
import { prioritiesOf } from './routes.ts';
import { createTargetGroup } from './target-group.ts';
import { createTrafficShift, type TrafficShift } from './traffic-shift.ts';

export interface EdgeArgs {
  readonly settings: Settings;
  readonly app: App;
  readonly contract: Contract;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly boundary: PermissionsBoundary;
  readonly network: Network;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html: TLS 1.3 and 1.2 with forward secrecy. */
const tlsPolicy = 'ELBSecurityPolicy-TLS13-1-2-2021-06';

/** Set by the load balancer, so that it applies to any app behind it and to the load balancer's own responses. */
const strictTransport = {
  routingHttpResponseStrictTransportSecurityHeaderValue: 'max-age=31536000; includeSubDomains',
  routingHttpResponseServerEnabled: false,
} as const;

/**
 * An Application Load Balancer, or with `existingListenerArn` rules of one that is not the stack's, that forwards requests to tasks whose readiness path returns 200. With a domain it serves HTTPS and
 * redirects HTTP to it. Without one it serves plain HTTP.
 *
 * Cost: the load balancer per hour and LCU, access logs in S3 per GB, the firewall per rule and request.
 * Change: `domainName` adds or removes listeners in place. `availabilityZones` replaces the load balancer and its DNS name.
 * `deploymentStrategy` adds a second target group and listener rules in place.
 */
export class Edge extends pulumi.ComponentResource implements Entrance {
  readonly url: pulumi.Output<string>;
  /** Public DNS name. */
  readonly host: pulumi.Output<string>;
  readonly securityGroup: HasId;
  /** Requests of others go through the load balancer, too: its own metrics say nothing of this environment. */
  readonly shared: boolean;
  readonly targetGroupArn: pulumi.Output<string>;
  /** Dimensions of CloudWatch metrics. */
  readonly loadBalancerSuffix: pulumi.Output<string>;
  readonly targetGroupSuffix: pulumi.Output<string>;
  /** Resource label of ALBRequestCountPerTarget. */
  readonly requestCountLabel: pulumi.Output<string>;
  /** Absent for rolling updates, which need one target group only. */
  readonly shift?: TrafficShift;
  /** Of the processes that get the requests of a path or a host alone. They always roll. */
  readonly routed: { readonly [process: Process]: Entrance };
  /** A service can use a target group only after a listener does. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Edge', name, {}, opts);
    const { listener } = args.settings.existing;
    const { domain } = args.settings.edge;
    const made =
      listener === undefined || domain === undefined
        ? createEdge(name, args, this)
        : joinListener(name, { ...args, existing: listener, domain }, this);
    this.shared = listener !== undefined;
    this.host = made.host;
    this.url = pulumi.interpolate`${domain === undefined ? 'http' : 'https'}://${made.host}`;
    this.securityGroup = made.securityGroup;
    this.targetGroupArn = made.targetGroup.arn;
    this.targetGroupSuffix = made.targetGroup.arnSuffix;
    this.loadBalancerSuffix = made.loadBalancerSuffix;
    this.requestCountLabel = pulumi.interpolate`${made.loadBalancerSuffix}/${made.targetGroup.arnSuffix}`;
    if (made.shift !== undefined) this.shift = made.shift;
    this.routed = made.routed;
    this.ready = made.ready;
    this.registerOutputs({ url: this.url, targetGroupArn: this.targetGroupArn });
  }
}

function createEdge(name: string, args: EdgeArgs, parent: pulumi.Resource): EdgeParts {
  const { domain, firewall } = args.settings.edge;
  const world = openToWorld(name, args, domain === undefined ? [80] : [80, 443], parent);
  const securityGroup = world.group;
  const loadBalancer = createLoadBalancer(name, args, securityGroup, parent);
  if (firewall !== undefined) createFirewall(name, { ...args, firewall, loadBalancer }, parent);
  const front = frontOf(args.app).http;
  const targetGroup = createTargetGroup(name, front, args, parent);
  const forward = { type: 'forward', targetGroupArn: targetGroup.arn };
  const { serving, redirecting } =
    domain === undefined
      ? {
          serving: listen(
            `${name}-http`,
            loadBalancer,
            { port: 80, protocol: 'HTTP', defaultActions: [forward] },
            args,
            { parent },
          ),
          redirecting: [],
        }
      : listenWithTls(name, { domain, loadBalancer, forward, open: world.rules }, args, parent);
  const shift =
    args.settings.rollout.kind === 'rolling' ? undefined : shiftBetween(name, args, { serving, targetGroup }, parent);
  return {
    host: pulumi.output(domain?.name ?? loadBalancer.dnsName),
    securityGroup,
    targetGroup,
    loadBalancerSuffix: loadBalancer.arnSuffix,
    ...(shift === undefined ? {} : { shift }),
    ready: [serving, ...redirecting, ...(shift?.ready ?? [])],
    routed: createRoutes(
      name,
      args,
      {
        loadBalancerSuffix: loadBalancer.arnSuffix,
        listenerArn: serving.arn,
        securityGroup,
        priorities: prioritiesOf(routedOf(args.app)),
      },
      parent,
    ),
  };
}

function shiftBetween(
  name: string,
  args: EdgeArgs,
  { serving, targetGroup }: { readonly serving: Listener; readonly targetGroup: TargetGroup },
  parent: pulumi.Resource,
): TrafficShift {
  const { app, naming, boundary } = args;
  const alternate = createTargetGroup(`${name}-alternate`, frontOf(app).http, args, parent);
  return createTrafficShift(
    name,
    { naming, boundary, listener: serving, primary: targetGroup, alternate, last: routedOf(app).length > 0 },
    parent,
  );
}

function openToWorld(name: string, { naming, network }: EdgeArgs, ports: readonly number[], parent: pulumi.Resource) {
  const group = createSecurityGroup(name, { vpcId: network.vpcId, description: 'Load balancer', naming }, parent);
  const rules = ports.map(
    (port) =>
      new SecurityGroupIngressRule(
        `${name}-from-world-${port}`,
        {
          securityGroupId: group.id,
          ipProtocol: 'tcp',
          fromPort: port,
          toPort: port,
          cidrIpv4: '0.0.0.0/0',
          description: 'Requests from anywhere',
          tags: naming.tags,
        },
        { parent },
      ),
  );
  return { group, rules };
}

function createLoadBalancer(
  name: string,
  args: EdgeArgs,
  securityGroup: SecurityGroup,
  parent: pulumi.Resource,
): LoadBalancer {
  const { settings, contract, naming, network } = args;
  const logs = createAccessLogs(name, args, parent);
  return new LoadBalancer(
    name,
    {
      name: physicalName(naming, '', 'loadBalancer'),
      loadBalancerType: 'application',
      internal: false,
      subnets: network.publicSubnetIds,
      securityGroups: [securityGroup.id],
      idleTimeout: contract.idleTimeoutSeconds,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: 'defensive',
      enableDeletionProtection: settings.deletionProtection,
      accessLogs: { bucket: logs.bucket, enabled: true },
      tags: naming.tags,
    },
    // Its name is fixed, so the old one must be deleted first.
    { parent, deleteBeforeReplace: true, dependsOn: [logs.permission] },
  );
}

interface Listening {
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly sslPolicy?: string;
  readonly certificateArn?: pulumi.Input<string>;
  readonly routingHttpResponseStrictTransportSecurityHeaderValue?: string;
  readonly routingHttpResponseServerEnabled?: boolean;
  readonly defaultActions: ConstructorParameters<typeof Listener>[1]['defaultActions'];
}

function listen(
  name: string,
  loadBalancer: LoadBalancer,
  listening: Listening,
  { naming }: EdgeArgs,
  opts: pulumi.CustomResourceOptions,
): Listener {
  return new Listener(name, { loadBalancerArn: loadBalancer.arn, tags: naming.tags, ...listening }, opts);
}

interface TlsListening {
  readonly domain: Domain;
  readonly loadBalancer: LoadBalancer;
  readonly forward: { readonly type: string; readonly targetGroupArn: pulumi.Input<string> };
  /** What lets requests in. */
  readonly open: readonly pulumi.Resource[];
}

function listenWithTls(
  name: string,
  { domain, loadBalancer, forward, open }: TlsListening,
  args: EdgeArgs,
  parent: pulumi.Resource,
): { readonly serving: Listener; readonly redirecting: readonly Listener[] } {
  const hosts = hostsOf(args.app).map((host) => `${host}.${domain.name}`);
  const certificateArn = args.settings.existing.certificateArn ?? createCertificate(name, domain, hosts, args, parent);
  const address = new Record(
    `${name}-address`,
    {
      zoneId: domain.hostedZoneId,
      name: domain.name,
      type: 'A',
      aliases: [{ name: loadBalancer.dnsName, zoneId: loadBalancer.zoneId, evaluateTargetHealth: true }],
    },
    { parent },
  );
  const ofHosts = hosts.map(
    (host) =>
      new Record(
        `${name}-address-${host.slice(0, -domain.name.length - 1)}`,
        {
          zoneId: domain.hostedZoneId,
          name: host,
          type: 'A',
          aliases: [{ name: loadBalancer.dnsName, zoneId: loadBalancer.zoneId, evaluateTargetHealth: true }],
        },
        { parent },
      ),
  );
  const serving = listen(
    `${name}-https`,
    loadBalancer,
    {
      port: 443,
      protocol: 'HTTPS',
      sslPolicy: tlsPolicy,
      certificateArn,
      ...strictTransport,
      defaultActions: [forward],
    },
    args,
    { parent },
  );
  const redirect = { port: '443', protocol: 'HTTPS', statusCode: 'HTTP_301' };
  const redirecting = listen(
    `${name}-http`,
    loadBalancer,
    { port: 80, protocol: 'HTTP', defaultActions: [{ type: 'redirect', redirect }] },
    args,
    // Port 80 serves until there is something to redirect to: a certificate may take hours, or never be issued.
    { parent, dependsOn: [serving, address, ...ofHosts, ...open] },
  );
  return { serving, redirecting: [redirecting] };
}
