import { feature, settingGroup, whenSet } from './group.ts';
import { choice, flag, integer, optionalText } from './schema.ts';

export const edge = settingGroup('Edge', {
  edge: {
    /** Absent: the load balancer serves plain HTTP under its own name. */
    domain: whenSet({
      name: optionalText('domainName', /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, {
        description:
          'Domain name of the API, served over HTTPS; requires hostedZoneId. If not set, the load balancer serves plain HTTP.',
        rule: 'a DNS name in lowercase',
        example: 'api.example.com',
        change: 'in place',
      }),
      hostedZoneId: optionalText('hostedZoneId', /^Z[A-Z0-9]{5,31}$/, {
        description: 'Route 53 hosted zone for the records of domainName and the validation of its certificate.',
        rule: 'the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ',
        example: 'Z0123456789ABCDEFGHIJ',
        change: 'in place',
      }),
    }),
    plainHttp: flag('plainHttp', {
      description:
        'Accepts that an environment with deletionProtection and without domainName serves plain HTTP on AWS, where logins can be read on the way. Without it, `up` and `promote` refuse that with target `aws`.',
      default: false,
      change: 'none',
    }),
    /** Absent: switched off. */
    firewall: feature(
      {
        mode: choice('firewall', ['off', 'count', 'block'], {
          description:
            'Web application firewall (AWS WAF) of the load balancer: `block` rejects requests that match its rules, `count` only counts them.',
          default: 'block',
          change: 'in place',
        }),
        requestsPerIpPer5Minutes: integer('requestsPerIpPer5Minutes', {
          description: 'Rate limit of the firewall for each IP address.',
          unit: 'requests in 5 min',
          min: 10,
          max: 2_000_000_000,
          default: 2_000,
          change: 'in place',
          source: 'The range is that of a rate-based rule of AWS WAF. Many people can share an IP address.',
        }),
      },
      ({ mode, ...limits }) => (mode === 'off' ? undefined : { mode, ...limits }),
    ),
    syntheticCheck: flag('syntheticCheck', {
      description:
        'Route 53 health check that requests the readiness path from several continents every 30 s, with an alarm when it fails.',
      default: false,
      change: 'in place',
      source: 'It covers what no metric of the stack shows: DNS, certificate and firewall.',
    }),
    accessLogRetentionDays: integer('accessLogRetentionDays', {
      description: 'Retention of the load balancer’s access logs.',
      unit: 'days',
      min: 1,
      max: 3653,
      default: 30,
      change: 'in place',
    }),
  },
});
