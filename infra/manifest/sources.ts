/** What `{name}` in the value of a variable can stand for, with what it is. docs/your-app.md lists them. */
export const sources = Object.freeze({
  image: 'at the beginning only: what the image itself gives the variable; needs `/bin/sh` in the image',
  environment: 'name of the environment, such as `staging`',
  region: 'AWS Region',
  process: 'name of the process, such as `api`; `migrate` for the release command',
  logLevel: 'the setting `logLevel`',
  port: 'port on which the process listens',
  'release.image': 'reference of the image that runs',
  'release.version': 'version of the release that runs: what the version path answers',
  'release.commit': 'commit that it was built from, or `unknown`',
  'node.heap': 'flags of Node.js for a heap that fits the container',
  keepAliveTimeoutSeconds: 'how long idle connections stay open: longer than those of the load balancer',
  headersTimeoutSeconds: '`headersTimeout` of a Node.js server: above the keep-alive timeout',
  requestTimeoutSeconds: 'the setting `longestRequestSeconds`',
  readyTimeoutMs: 'timeout of one dependency within the readiness check',
  readyGraceSeconds:
    'how long the readiness check stays 200 in an outage: what `toleratedOutageSeconds` has beyond ten failed health checks',
  drainDelaySeconds: 'how long to keep serving after SIGTERM, with readiness at 503',
  shutdownTimeoutSeconds: 'from SIGTERM until the process has ended by itself',
  jobConcurrency: 'jobs that one task of a process in the background processes at the same time',
  'database.host': 'of the proxy where there is one, except for the release command',
  'database.port': 'port of Postgres',
  'database.tls': '`verify-full`: TLS is on, and the certificate has to be verified',
  'database.name': 'name of the database',
  'database.user': 'role that the process logs in as',
  'database.password': 'password of `database.user`; none with IAM authentication',
  'database.authentication': '`password` or `iam`: how the processes log in',
  'database.ca': 'PEM of the authorities of its certificate, which Node.js does not know',
  'database.poolSize': 'connections that one task may open',
  'database.connectTimeoutMs': 'the setting `databaseConnectTimeoutMs`',
  'database.statementTimeoutMs': 'the setting `databaseStatementTimeoutMs`',
  'database.app.user':
    'with `databaseAccess: release-command`: role of the processes, which the release command creates',
  'database.app.password':
    'with `databaseAccess: release-command`: password that the release command gives it; none with IAM authentication',
  'valkey.host': 'host of Valkey',
  'valkey.port': 'port of Valkey',
  'valkey.user': 'user of Valkey',
  'valkey.ca': 'PEM of the authorities of its certificate',
  'valkey.tls': '`verify-full`: TLS is on, and the certificate has to be verified',
  'valkey.password': 'password of Valkey',
  'authorities.file':
    'path of a file with the authorities of Postgres and Valkey, such as for `NODE_EXTRA_CA_CERTS`; needs `/bin/sh` in the image',
  'metrics.port': 'for a Prometheus endpoint, which the load balancer does not reach',
  'metrics.namespace': 'CloudWatch namespace of the environment',
  'traces.endpoint': 'OTLP endpoint; none without `collectorImage`',
  'mail.from': 'the setting `mailFrom`',
});

export type Source = keyof typeof sources;

export const sourceNames = Object.freeze(Object.keys(sources)) as readonly Source[];

/** These are references to Secrets Manager, never values. */
export const secretSources: ReadonlySet<string> = new Set<Source>([
  'database.password',
  'database.app.password',
  'valkey.password',
]);

/** A value taken apart: text, and names of what stands between. */
export type Part = { readonly text: string } | { readonly source: Source };

/** `{a}:{b}` → two sources with `:` between. Names that do not exist are in it, too: the manifest is checked first. */
export function partsOf(value: string): readonly Part[] {
  return value
    .split(/\{([a-z][A-Za-z]*(?:\.[A-Za-z]+)*)\}/)
    .map((piece, index) => (index % 2 === 0 ? { text: piece } : { source: piece as Source }))
    .filter((part) => !('text' in part) || part.text !== '');
}

export function sourcesIn(value: string): readonly Source[] {
  return partsOf(value).flatMap((part) => ('source' in part ? [part.source] : []));
}

const ofImage = '{image}';

/** What follows the image's own value; `undefined` where a value does not begin with it. */
export function afterImage(value: string): string | undefined {
  return value.startsWith(ofImage) ? value.slice(ofImage.length) : undefined;
}
