import {
  cacheDataMiB,
  cacheNodeMemoryMiB,
  cacheNodeTypes,
  cacheNodeVcpus,
} from '../../../infra/catalog/elasticache-node-types.ts';
import type { GraphResource, ProgramGraph } from '../../../infra/graph/query.ts';
import { dataServer, type ServerBinding } from './data-server.ts';
import { notUnderstood, onlyReference, onlyResource, referred } from './expectations.ts';
import { gatingCheck } from './health-check.ts';
import { parametersOf } from './parameter-group.ts';
import { literal, type SwarmService } from './stack-document.ts';

export const valkeyType = 'aws:elasticache/replicationGroup:ReplicationGroup';

/** What the local target understands of an ElastiCache replication group. */
export interface Valkey {
  readonly name: string;
  readonly port: number;
  /** Memory of a node. */
  readonly memoryMiB: number;
  /** The part of it for data. */
  readonly dataMiB: number;
  /** Of a node on AWS, of which its metrics are a share. */
  readonly vcpus: number;
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
    vcpus: cacheNodeVcpus(knownType),
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

/** The same server under its old name in the distribution's packages. */
const server = 'exec "$(command -v valkey-server || command -v redis-server)" "$@"';
const client = '"$(command -v valkey-cli || command -v redis-cli)"';

/**
 * Valkey in place of ElastiCache: TLS with a certificate of the environment's own authority, the password, the node
 * type's memory, server settings of the parameter group. As on ElastiCache without replicas, what it holds goes with its
 * node.
 */
export function translateValkey(valkey: Valkey, binding: ServerBinding): SwarmService {
  const { name, memoryMiB, port } = valkey;
  const ping = `REDISCLI_AUTH=$(sed 's/^requirepass //' /run/secrets/password.conf) ${client} --tls --insecure -p ${port} ping | grep -q PONG`;
  return dataServer({ name, memoryMiB, title: 'Valkey', passwordFile: 'password.conf' }, binding, {
    entrypoint: ['/bin/sh', '-c', literal(server), 'sh'],
    command: ['/run/secrets/password.conf', ...serverSettings(valkey)].map(literal),
    read_only: true,
    environment: {},
    stop_grace_period: '10s',
    healthcheck: gatingCheck(ping, { timeoutSeconds: 5, intervalSeconds: 10, retries: 6, graceSeconds: 30 }),
  });
}

/** The one secret line of the server's configuration. */
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
