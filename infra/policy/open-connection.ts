import { fieldsOf, listOf, type NamedRule } from './rule.ts';

/** Otherwise anybody in the network could read and write the cache and the queue. */
export const valkeyWithoutPassword: NamedRule = {
  name: 'valkey-without-password',
  description: 'Valkey requires a password and TLS.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:elasticache/replicationGroup:ReplicationGroup') return [];
    const { authToken, userGroupIds, transitEncryptionMode } = inputs;
    return [
      ...(authToken === undefined && listOf(userGroupIds).length === 0
        ? ['Valkey accepts clients without a password: set authToken.']
        : []),
      ...(transitEncryptionMode === 'preferred'
        ? ['Valkey accepts clients without TLS: set transitEncryptionMode to required.']
        : []),
    ];
  },
};

/** Clients send the database password to the proxy. */
export const proxyWithoutTls: NamedRule = {
  name: 'proxy-without-tls',
  description: 'RDS Proxy requires TLS.',
  check: ({ type, inputs }) =>
    type === 'aws:rds/proxy:Proxy' && inputs['requireTls'] !== true
      ? ['The proxy accepts clients without TLS: set requireTls.']
      : [],
};

/** Security policies before 2021 lack TLS 1.3, and some of them allow TLS 1.0. */
export const weakTls: NamedRule = {
  name: 'weak-tls',
  description: 'HTTPS listeners support TLS 1.3 and 1.2 only.',
  check: ({ type, inputs }) =>
    type === 'aws:lb/listener:Listener' &&
    inputs['protocol'] === 'HTTPS' &&
    !/^ELBSecurityPolicy-TLS13-1-[23]-/.test(String(inputs['sslPolicy']))
      ? ['The listener accepts old TLS versions: set sslPolicy to a policy for TLS 1.3 and 1.2.']
      : [],
};

/** A task with a public address is reachable without the load balancer, its firewall and its access log. */
export const publicTask: NamedRule = {
  name: 'public-task',
  description: 'Tasks have no public IP address.',
  check: ({ type, inputs }) =>
    type === 'aws:ecs/service:Service' && fieldsOf(inputs['networkConfiguration'])['assignPublicIp'] === true
      ? ['The service assigns public IP addresses to its tasks: set assignPublicIp to false.']
      : [],
};
