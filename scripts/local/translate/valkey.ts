import { cacheDataMiB, cacheNodeMemoryMiB, cacheNodeTypes } from '../../../infra/catalog/elasticache-node-types.ts';
import type { GraphResource, ProgramGraph } from '../../../infra/graph/query.ts';
import { notUnderstood, onlyReference, onlyResource, referred } from './expectations.ts';
import { gatingCheck } from './health-check.ts';
import { parametersOf } from './parameter-group.ts';
import { labelNames, literal, logging, type SwarmService } from './stack-document.ts';

export const valkeyType = 'aws:elasticache/replicationGroup:ReplicationGroup';

/** What the local target understands of an ElastiCache replication group. */
export interface Valkey {
  readonly name: string;
  readonly port: number;
  /** Of a node. */
  readonly memoryMiB: number;
  /** Of them for data. */
  readonly dataMiB: number;
  /** Name of the secret that it asks for. */
  readonly passwordSecret: string;
  readonly replicas: number;
  /** Server settings, as the parameter group has them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads the recorded replication group with its parameter group; `undefined` when the program has none. */
export function parseValkey(graph: ProgramGraph): Valkey | undefined {
  const group = onlyResource(graph, valkeyType, 'one Valkey');
  if (group === undefined) return undefined;
  const where = `Valkey ${group.name}`;
  const { engine, nodeType, port, numCacheClusters, transitEncryptionEnabled } = group.inputs;
  if (engine !== 'valkey') throw notUnderstood(`${where}, engine`, engine, 'valkey');
  if (transitEncryptionEnabled !== true)
    throw notUnderstood(`${where}, transitEncryptionEnabled`, transitEncryptionEnabled, 'TLS');
  const knownType = cacheNodeTypes.find((name) => name === nodeType);
  if (knownType === undefined)
    throw notUnderstood(`${where}, nodeType`, nodeType, 'a type of infra/catalog/elasticache-node-types.ts');
  return {
    name: group.name,
    port: typeof port === 'number' ? port : 6379,
    memoryMiB: cacheNodeMemoryMiB(knownType),
    dataMiB: cacheDataMiB(knownType),
    passwordSecret: passwordSecretOf(graph, group),
    replicas: typeof numCacheClusters === 'number' ? numCacheClusters - 1 : 0,
    parameters: ownParameters(graph, group, where),
  };
}

/** The password is the value of a secret's version; the secret has its name. */
function passwordSecretOf(graph: ProgramGraph, { name, inputs }: GraphResource): string {
  const version = referred(graph, inputs['authToken'], `Valkey ${name}, authToken`);
  return onlyReference(version.inputs['secretId'], `secret version ${version.name}, secretId`).name;
}

/** Those of ElastiCache alone are left out: what they stand for is in the node's memory. */
const ofElastiCache: ReadonlySet<string> = new Set(['reserved-memory-percent']);

function ownParameters(graph: ProgramGraph, group: GraphResource, where: string): Record<string, string> {
  const listed = Object.entries(parametersOf(graph, group, where));
  return Object.fromEntries(listed.filter(([parameter]) => !ofElastiCache.has(parameter)));
}

export interface ValkeyBinding {
  readonly image: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of the Swarm secrets in the stack's document. */
  readonly files: { readonly password: string; readonly key: string; readonly certificate: string };
}

/** User id of Valkey in the official image, and of services in ours. */
const valkeyUserId = '999';

/** The same server under its old name in the distribution's packages. */
const server = 'exec "$(command -v valkey-server || command -v redis-server)" "$@"';
const client = '"$(command -v valkey-cli || command -v redis-cli)"';

/**
 * Valkey in the place of ElastiCache: TLS with a certificate of the environment's own authority, the password, the node
 * type's memory, server settings of the parameter group. As on ElastiCache without replicas, what it holds goes with its
 * node.
 */
export function translateValkey(valkey: Valkey, binding: ValkeyBinding): SwarmService {
  const { files } = binding;
  const secret = (source: string, target: string) =>
    ({ source, target, uid: valkeyUserId, gid: valkeyUserId, mode: 0o400 }) as const;
  const labels = { ...binding.labels, [labelNames.service]: valkey.name, [labelNames.data]: 'Valkey' };
  const ping = `REDISCLI_AUTH=$(sed 's/^requirepass //' /run/secrets/password.conf) ${client} --tls --insecure -p ${valkey.port} ping | grep -q PONG`;
  return {
    image: binding.image,
    entrypoint: ['/bin/sh', '-c', literal(server), 'sh'],
    command: ['/run/secrets/password.conf', ...serverSettings(valkey)].map(literal),
    user: valkeyUserId,
    init: true,
    read_only: true,
    environment: {},
    secrets: [
      secret(files.password, 'password.conf'),
      secret(files.key, 'server.key'),
      secret(files.certificate, 'server.crt'),
    ],
    networks: { [binding.network]: { aliases: [valkey.name] } },
    stop_grace_period: '10s',
    healthcheck: gatingCheck(ping, { timeoutSeconds: 5, intervalSeconds: 10, retries: 6, graceSeconds: 30 }),
    labels,
    logging,
    deploy: {
      replicas: 1,
      endpoint_mode: 'dnsrr',
      labels,
      resources: { limits: { memory: `${valkey.memoryMiB}M` } },
      // Two servers under one name would each have half of the queue.
      update_config: {
        order: 'stop-first',
        parallelism: 1,
        delay: '0s',
        monitor: '1s',
        max_failure_ratio: 0,
        failure_action: 'pause',
      },
      restart_policy: { condition: 'any', delay: '1s' },
    },
  };
}

/** The one line of the server's configuration that nobody may see. */
export function passwordLine(password: string): string {
  return `requirepass ${password}\n`;
}

function serverSettings({ port, dataMiB, parameters }: Valkey): string[] {
  const settings: Readonly<Record<string, string>> = {
    port: '0',
    'tls-port': String(port),
    'tls-cert-file': '/run/secrets/server.crt',
    'tls-key-file': '/run/secrets/server.key',
    'tls-auth-clients': 'no',
    maxmemory: `${dataMiB}mb`,
    save: '',
    appendonly: 'no',
    ...parameters,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}
