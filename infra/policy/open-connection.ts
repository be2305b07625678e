import { fieldsOf, listOf, type NamedRule } from './rule.ts';

/** Whoever gets into the network could otherwise read and write what is cached and queued. */
export const valkeyWithoutPassword: NamedRule = {
  name: 'valkey-without-password',
  description: 'Valkey lets nobody in without a password, and nobody without TLS.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:elasticache/replicationGroup:ReplicationGroup') return [];
    const { authToken, userGroupIds, transitEncryptionMode } = inputs;
    return [
      ...(authToken === undefined && listOf(userGroupIds).length === 0
        ? ['Valkey takes clients without a password: set authToken.']
        : []),
      ...(transitEncryptionMode === 'preferred'
        ? ['Valkey takes clients without TLS: set transitEncryptionMode.']
        : []),
    ];
  },
};

/** The proxy has the password of the database: what reaches it in plain text could be read on the way. */
export const proxyWithoutTls: NamedRule = {
  name: 'proxy-without-tls',
  description: 'A proxy of a database takes TLS only.',
  check: ({ type, inputs }) =>
    type === 'aws:rds/proxy:Proxy' && inputs['requireTls'] !== true
      ? ['The proxy takes clients without TLS: set requireTls.']
      : [],
};

/** Policies before 2021 know no TLS 1.3, and some of them TLS 1.0. */
export const weakTls: NamedRule = {
  name: 'weak-tls',
  description: 'Listeners of HTTPS speak TLS 1.3 and 1.2 only.',
  check: ({ type, inputs }) =>
    type === 'aws:lb/listener:Listener' &&
    inputs['protocol'] === 'HTTPS' &&
    !/^ELBSecurityPolicy-TLS13-1-[23]-/.test(String(inputs['sslPolicy']))
      ? ['The listener takes old versions of TLS: set sslPolicy to one of TLS 1.3 and 1.2.']
      : [],
};

/** A task with an address of its own is reached past the load balancer, its firewall and its log. */
export const publicTask: NamedRule = {
  name: 'public-task',
  description: 'Tasks have no public address.',
  check: ({ type, inputs }) =>
    type === 'aws:ecs/service:Service' && fieldsOf(inputs['networkConfiguration'])['assignPublicIp'] === true
      ? ['The tasks of the service get public addresses: set assignPublicIp to false.']
      : [],
};
