import type { Variable } from '../../infra/manifest/app.ts';
import type { VariableUse } from './source-facts.ts';

/** What becomes of a variable that the code reads. */
export type Verdict =
  | { readonly kind: 'variable'; readonly value: Variable; readonly why: string; readonly check?: true }
  /** Of the process that listens alone. */
  | { readonly kind: 'listener'; readonly value: string; readonly why: string }
  | { readonly kind: 'secret'; readonly description: string; readonly generate: boolean; readonly why: string }
  /** Left out: `why` says when it would be needed. */
  | { readonly kind: 'out'; readonly why: string };

/** What tells more of a variable than its name. */
export interface Surroundings {
  /** In the call of `listen`. */
  readonly listens: boolean;
  /** From the example file, where there is one. */
  readonly example?: string;
  readonly exampleFile?: string;
  /** How the app reaches Postgres. */
  readonly client?: 'prisma' | 'pg';
  /** It has the parts of a database's address as variables of their own. */
  readonly databaseInParts: boolean;
}

const database = '(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|PSQL|TYPEORM|RDS|SQL)';
const valkey = '(?:REDIS|VALKEY|BULL|BULLMQ|QUEUE|CACHE)';

interface Rule {
  readonly name: RegExp;
  readonly value: Variable;
  readonly why: string;
}

const rules: readonly Rule[] = [
  ...ofDatabase('HOST|HOSTNAME|SERVER|ADDRESS', '{database.host}', 'host of Postgres'),
  ...ofDatabase('PORT', '{database.port}', 'port of Postgres'),
  ...ofDatabase('USER|USERNAME|LOGIN', '{database.user}', 'role that the process logs in as'),
  ...ofDatabase('PASSWORD|PASS|PASSWD|PWD', '{database.password}', 'its password, which is never shown'),
  ...ofDatabase('NAME|DATABASE|DB|DBNAME|DATABASE_NAME', '{database.name}', 'name of the database'),
  ...ofDatabase('TYPE|DIALECT|CLIENT|DRIVER|CONNECTION', 'postgres', 'the stack has Postgres'),
  ...ofDatabase('SCHEMA', 'public', 'where the stack sets up permissions'),
  ...ofDatabase('SSL_?MODE|TLS_?MODE', '{database.tls}', 'TLS, with the certificate verified'),
  ...ofDatabase('(?:SSL|TLS)_?CA|CA|CA_CERT|SSL_CERT_CA', '{database.ca}', 'authorities of its certificate'),
  ...ofDatabase('(?:SSL_?)?CA_?(?:FILE|PATH)', '{authorities.file}', 'file with the authorities of its certificate'),
  ...ofDatabase('(?:SSL_|TLS_)?REJECT_UNAUTHORIZED', 'true', 'the certificate is verified'),
  ...ofDatabase('(?:USE_|IS_)?(?:SSL|TLS)(?:_ENABLED)?', 'true', 'RDS refuses connections without TLS'),
  ...ofDatabase(
    'MAX_?CONNECTIONS|(?:MAX_)?POOL_?(?:SIZE|MAX)?|CONNECTION_LIMIT|POOL_MAX|MAX_POOL(?:_SIZE)?|MAX',
    '{database.poolSize}',
    'connections of one task: the contract divides those of the database',
  ),
  ...ofDatabase('SYNC|SYNCHRONIZE|AUTO_?SYNC', 'false', 'the schema is changed by the release command'),
  ...ofDatabase('MIGRATIONS?_RUN|RUN_MIGRATIONS?|AUTO_MIGRATE', 'false', 'the release command runs them'),
  ...ofDatabase('LOGGING|LOG', 'false', 'statements have values in them'),
  ...ofDatabase('CONNECT(?:ION)?_TIMEOUT_MS', '{database.connectTimeoutMs}', 'set by databaseConnectTimeoutMs'),
  ...ofDatabase('STATEMENT_TIMEOUT_MS', '{database.statementTimeoutMs}', 'set by databaseStatementTimeoutMs'),
  ...ofValkey('HOST|HOSTNAME|SERVER', '{valkey.host}', 'host of Valkey, which speaks the protocol of Redis'),
  ...ofValkey('PORT', '{valkey.port}', 'port of Valkey'),
  ...ofValkey('USER|USERNAME', '{valkey.user}', 'user of Valkey'),
  ...ofValkey('PASSWORD|PASS|AUTH', '{valkey.password}', 'its password, which is never shown'),
  ...ofValkey('(?:SSL|TLS)_?CA|CA', '{valkey.ca}', 'authorities of its certificate'),
  ...ofValkey('(?:USE_)?(?:SSL|TLS)(?:_ENABLED)?', 'true', 'Valkey refuses connections without TLS'),
  ...ofValkey('DB|DATABASE|INDEX', '0', 'the one that there is'),
  ...ofValkey(
    'URL|URI|CONNECTION|DSN|CONNECTION_STRING',
    'rediss://{valkey.user}:{valkey.password}@{valkey.host}:{valkey.port}',
    'Valkey, over TLS',
  ),
  { name: /^NODE_ENV$/, value: 'production', why: 'what frameworks and libraries look at' },
  {
    name: /^(?:APP_|DEPLOY_|DEPLOYMENT_|SENTRY_)?(?:ENVIRONMENT|STAGE)$|^APP_ENV$/,
    value: '{environment}',
    why: 'name of the environment',
  },
  { name: /^(?:APP_)?LOG_?LEVEL$/, value: '{logLevel}', why: 'set by logLevel' },
  {
    name: /^(?:APP_|RELEASE_|BUILD_|SERVICE_)VERSION$|^SENTRY_RELEASE$/,
    value: '{release.version}',
    why: 'the release that runs',
  },
  {
    name: /^(?:GIT_|BUILD_|RELEASE_)(?:SHA|COMMIT|REVISION|COMMIT_SHA)$/,
    value: '{release.commit}',
    why: 'the commit that it was built from',
  },
  { name: /^AWS_(?:DEFAULT_)?REGION$/, value: '{region}', why: 'where the environment runs' },
  { name: /^OTEL_EXPORTER_OTLP_ENDPOINT$/, value: '{traces.endpoint}', why: 'not set without collectorImage' },
];

function ofDatabase(parts: string, value: string, why: string): readonly Rule[] {
  return [{ name: new RegExp(`^(?:[A-Z]+_)??${database}_?(?:${parts})$`), value, why }];
}

function ofValkey(parts: string, value: string, why: string): readonly Rule[] {
  return [{ name: new RegExp(`^(?:[A-Z]+_)??${valkey}_?(?:[A-Z]+_)??(?:${parts})$`), value, why }];
}

const databaseUrl = new RegExp(
  `^(?:[A-Z]+_)??${database}_?(?:URL|URI|DSN|CONNECTION_STRING)$|^DIRECT_(?:DATABASE_)?URL$`,
);
const secretLook =
  /(?:^|_)(?:SECRETS?|TOKEN|PASSWORD|PASSWD|PASS|PWD|PASSPHRASE|CREDENTIALS|SALT)$|(?:^|_)(?:API|PRIVATE|SIGNING|ENCRYPTION|ACCESS|SECRET|SERVICE|AUTH|LICENSE|MASTER|COOKIE|SESSION|APP)_?KEY(?:_BASE)?$|(?:^|_)KEY$/;
const notSecret = /PUBLIC|PUBLISHABLE|(?:_ID|_URL|_PATH|_FILE|_NAME)$/;
/** Somebody else knows these, too: no random value would do. */
const ofOthers =
  /(?:^|_)(?:STRIPE|GOOGLE|FACEBOOK|APPLE|TWITTER|GITHUB|GITLAB|MICROSOFT|AZURE|AWS|S3|MINIO|SENDGRID|MAIL|SMTP|TWILIO|SLACK|OPENAI|SENTRY|FIREBASE|PAYPAL|CLOUDINARY|CLIENT|WEBHOOK|API|DISCORD|TELEGRAM|PUSHER|ALGOLIA|MAILGUN|KEYCLOAK|AUTH0|OAUTH)_/;
const ours = /(?:^|_)(?:SECRET|SESSION_KEY|COOKIE_KEY|APP_KEY|SALT)$|SECRET_KEY(?:_BASE)?$/;
/** Addresses of the machine or of the compose file that the example was written for. */
const development =
  /localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker|\.local\b|mailhog|maildev|mailpit|mailtrap|example\.(?:com|org)/i;

/** What the stack gives a variable, by its name and what is known besides. */
export function verdictOf(variable: VariableUse, surroundings: Surroundings): Verdict {
  const { name, optional, fallback } = variable;
  const { listens, example, exampleFile = '', client, databaseInParts } = surroundings;
  if (listens || /^(?:(?:APP|HTTP|SERVER|API|NEST|LISTEN|WEB)_)?PORT$/.test(name)) {
    return { kind: 'listener', value: '{port}', why: 'where it listens' };
  }
  if (
    /^(?:(?:APP|HTTP|SERVER|API|LISTEN)_)?(?:HOST|BIND|BIND_ADDRESS|LISTEN_ADDRESS)$/.test(name) &&
    (example === undefined || /^(?:localhost|127\.|0\.0|::)/.test(example))
  ) {
    return { kind: 'listener', value: '0.0.0.0', why: 'the load balancer asks from outside of the container' };
  }
  if (/^(?:AWS_)?(?:SECRET_)?ACCESS_KEY(?:_ID)?$|^AWS_SESSION_TOKEN$|^AWS_PROFILE$/.test(name)) {
    return { kind: 'out', why: 'keys of AWS: give the process permissions instead' };
  }
  if (
    /^(?:CI|HOME|TMPDIR|PWD|PATH|USER|HOSTNAME|NODE_OPTIONS|NODE_TLS_REJECT_UNAUTHORIZED)$|^(?:npm_|JEST_|VITEST_)|^SHADOW_|(?:^|_)TEST_/.test(
      name,
    )
  ) {
    return { kind: 'out', why: 'of the machine or of tests' };
  }
  if (databaseUrl.test(name)) {
    if (databaseInParts && !(example ?? '').includes('://'))
      return { kind: 'out', why: 'the app reads the parts of the address, too' };
    return { kind: 'variable', value: urlFor(client), why: 'Postgres, over TLS: kept as a secret' };
  }
  const rule = rules.find((each) => each.name.test(name));
  if (rule !== undefined) return { kind: 'variable', value: rule.value, why: rule.why };
  if (new RegExp(`^${database}_(?:SSL_)?(?:KEY|CERT)$`).test(name))
    return { kind: 'out', why: 'for certificates of clients, which RDS has none of' };
  if (secretLook.test(name) && !notSecret.test(name)) return secretFor(variable, surroundings);
  return plainFor(name, { optional, example, exampleFile, fallback });
}

/** Prisma verifies certificates by options of the address: https://www.prisma.io/docs/orm/overview/databases/postgresql */
function urlFor(client: Surroundings['client']): string {
  const base = 'postgresql://{database.user}:{database.password}@{database.host}:{database.port}/{database.name}';
  return client === 'prisma'
    ? `${base}?schema=public&sslmode=require&sslaccept=strict&sslcert={authorities.file}&connection_limit={database.poolSize}`
    : `${base}?sslmode={database.tls}`;
}

function secretFor({ name, optional, file }: VariableUse, { example, exampleFile = '' }: Surroundings): Verdict {
  if (ours.test(name) && !ofOthers.test(name)) {
    return {
      kind: 'secret',
      generate: true,
      description: `Read in ${file}`,
      why: 'a random value, made once for each environment',
    };
  }
  if (example === '') return { kind: 'out', why: `a secret that is empty in ${exampleFile}` };
  if (optional) return { kind: 'out', why: 'a secret that the code can do without' };
  return {
    kind: 'secret',
    generate: false,
    description: `Read in ${file}`,
    why: 'set it with: npm run stack -- secrets set',
  };
}

function plainFor(
  name: string,
  {
    optional,
    example,
    exampleFile,
    fallback,
  }: {
    readonly optional: boolean;
    readonly example: string | undefined;
    readonly exampleFile: string;
    readonly fallback: string | undefined;
  },
): Verdict {
  const hint = example === undefined || example === '' ? fallback : example;
  const devHint = hint !== undefined && development.test(hint);
  if (example === '' || (optional && (example === undefined || devHint))) {
    const default_ = fallback === undefined || fallback === '' ? '' : `, which is ${JSON.stringify(fallback)}`;
    return { kind: 'out', why: example === '' ? `empty in ${exampleFile}` : `the code has a default${default_}` };
  }
  if (example !== undefined) {
    return devHint
      ? {
          kind: 'variable',
          value: example,
          why: `from ${exampleFile}, for development: what is it in an environment?`,
          check: true,
        }
      : { kind: 'variable', value: example, why: `from ${exampleFile}` };
  }
  return {
    kind: 'variable',
    value: { example: `value of ${name}` },
    why: `no default is visible: set app:${name} in each stack file`,
    check: true,
  };
}
