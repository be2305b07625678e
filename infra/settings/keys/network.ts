import { settingGroup } from './group.ts';
import { choice, integer, text } from './schema.ts';

export const network = settingGroup('Network', {
  network: {
    cidr: text(
      'vpcCidr',
      /^10\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\.0\.0\/16$|^172\.(1[6-9]|2\d|3[01])\.0\.0\/16$|^192\.168\.0\.0\/16$/,
      {
        description: 'IPv4 address range of the VPC. Environments that may be peered one day need different ranges.',
        rule: 'a private /16 range: 10.x.0.0/16, 172.16.0.0/16 to 172.31.0.0/16, or 192.168.0.0/16',
        default: '10.0.0.0/16',
        change: 'refused',
      },
    ),
    availabilityZones: integer('availabilityZones', {
      description: 'Availability Zones used by the subnets, tasks and load balancer.',
      unit: 'zones',
      min: 2,
      max: 3,
      default: 2,
      change: 'refused',
      source: 'An ALB and an RDS subnet group need at least two zones. Every Region has two, most have three.',
    }),
    natGateways: choice('natGateways', ['none', 'single', 'per-zone'], {
      description:
        'NAT gateways. `single` costs less; `per-zone` keeps the other zones connected when one fails. With `none`, tasks reach AWS through vpcEndpoints and cannot reach the internet.',
      default: 'single',
      change: 'in place',
    }),
    vpcEndpoints: choice('vpcEndpoints', ['none', 's3', 'all'], {
      description:
        'VPC endpoints. `s3`: image layers bypass the NAT gateway, free of charge. `all`: so do logs, secrets and the registry, through interface endpoints that are billed by the hour.',
      default: 's3',
      change: 'in place',
    }),
    flowLogs: choice('flowLogs', ['off', 'rejected', 'all'], {
      description: 'VPC flow logs: `off`, `rejected` connections only, or `all` connections. Billed by the GB.',
      default: 'off',
      change: 'in place',
    }),
  },
});
