import type { STSClientConfig } from '@aws-sdk/client-sts';
import { z } from 'zod';
import { namedError } from '../errors/named-error.ts';

/** What a client of the AWS SDK takes as `credentials`. */
export type Credentials = NonNullable<STSClientConfig['credentials']>;
type Config = Readonly<Record<string, string>>;

const role = z.object({
  roleArn: z.string(),
  sessionName: z.string().default('stack'),
  duration: z.string().optional(),
  policy: z.string().optional(),
  policyArns: z.array(z.string()).optional(),
});
const assumedRole = role.extend({
  externalId: z.string().optional(),
  sourceIdentity: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  transitiveTagKeys: z.array(z.string()).optional(),
});
const webIdentityRole = role.extend({
  webIdentityToken: z.string().optional(),
  webIdentityTokenFile: z.string().optional(),
});
const oneOrMore = z.union([z.array(assumedRole), assumedRole.transform((only) => [only])]);

/** A value for the AWS provider that cannot be read: it and the calls beside it must log in to the same account. */
export class ProviderConfigError extends namedError('ProviderConfigError') {}

/**
 * How a stack file says to log in. A CI job that has credentials of its own, from the identity of the workflow, leaves them
 * out: a profile is a name on a person's machine.
 */
export const loginKeys: readonly string[] = [
  'aws:profile',
  'aws:sharedConfigFiles',
  'aws:sharedCredentialsFiles',
  'aws:accessKey',
  'aws:secretKey',
  'aws:token',
  'aws:assumeRole',
  'aws:assumeRoles',
  'aws:assumeRoleWithWebIdentity',
];

/** The accounts in which a stack may be, as its file says it; empty: it says nothing. The AWS provider checks the same. */
export function allowedAccounts(config: Config): readonly string[] {
  return parse(config, 'aws:allowedAccountIds', z.array(z.coerce.string())) ?? [];
}

/**
 * The credentials that the AWS provider of a stack uses, so that the CLI and the migration ask the account that the engine changes:
 * https://www.pulumi.com/registry/packages/aws/installation-configuration/#configuration-options
 *
 * @param config of the stack, by full names, with its secrets in the namespace `aws`
 * @returns undefined when the stack leaves them to the environment, where the SDK finds them by itself
 * @throws ProviderConfigError when a value cannot be read
 */
export function credentialsOf(config: Config, region: string): Credentials | undefined {
  const web = parse(config, 'aws:assumeRoleWithWebIdentity', webIdentityRole);
  const roles = [
    ...(parse(config, 'aws:assumeRole', oneOrMore) ?? []),
    ...(parse(config, 'aws:assumeRoles', oneOrMore) ?? []),
  ];
  const base = web === undefined ? (keysIn(config) ?? profileIn(config)) : withWebIdentity(web, region);
  return roles.reduce<Credentials | undefined>((master, next) => assuming(next, region, master), base);
}

function keysIn(config: Config): Credentials | undefined {
  const accessKeyId = config['aws:accessKey'];
  const secretAccessKey = config['aws:secretKey'];
  const sessionToken = config['aws:token'];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function profileIn(config: Config): Credentials | undefined {
  const profile = config['aws:profile'];
  const filepath = onlyPath(config, 'aws:sharedCredentialsFiles');
  const configFilepath = onlyPath(config, 'aws:sharedConfigFiles');
  if (profile === undefined && filepath === undefined && configFilepath === undefined) return undefined;
  return async () => {
    const { fromIni } = await providers();
    return fromIni({
      ...(profile === undefined ? {} : { profile }),
      ...(filepath === undefined ? {} : { filepath }),
      ...(configFilepath === undefined ? {} : { configFilepath }),
    })();
  };
}

function onlyPath(config: Config, key: string): string | undefined {
  const paths = parse(config, key, z.array(z.string()).max(1));
  return paths?.[0];
}

function withWebIdentity(given: z.output<typeof webIdentityRole>, region: string): Credentials {
  const common = {
    roleArn: given.roleArn,
    roleSessionName: given.sessionName,
    ...(given.duration === undefined ? {} : { durationSeconds: secondsOf(given.duration) }),
    ...(given.policy === undefined ? {} : { policy: given.policy }),
    ...(given.policyArns === undefined ? {} : { policyArns: given.policyArns.map((arn) => ({ arn })) }),
    clientConfig: { region },
  };
  return async () => {
    const { fromTokenFile, fromWebToken } = await providers();
    return given.webIdentityToken === undefined
      ? fromTokenFile({
          ...common,
          ...(given.webIdentityTokenFile === undefined ? {} : { webIdentityTokenFile: given.webIdentityTokenFile }),
        })()
      : fromWebToken({ ...common, webIdentityToken: given.webIdentityToken })();
  };
}

/** Credentials of one role, assumed with others; `undefined`: with those that the SDK finds. */
export function assumingRole(roleArn: string, region: string, master: Credentials | undefined): Credentials {
  return assuming({ roleArn, sessionName: 'stack' }, region, master);
}

function assuming(given: z.output<typeof assumedRole>, region: string, master: Credentials | undefined): Credentials {
  return async () => {
    const { fromTemporaryCredentials } = await providers();
    return fromTemporaryCredentials({
      ...(master === undefined ? {} : { masterCredentials: master }),
      params: {
        RoleArn: given.roleArn,
        RoleSessionName: given.sessionName,
        ...(given.duration === undefined ? {} : { DurationSeconds: secondsOf(given.duration) }),
        ExternalId: given.externalId,
        Policy: given.policy,
        PolicyArns: given.policyArns?.map((arn) => ({ arn })),
        SourceIdentity: given.sourceIdentity,
        Tags: given.tags && Object.entries(given.tags).map(([Key, Value]) => ({ Key, Value })),
        TransitiveTagKeys: given.transitiveTagKeys,
      },
      clientConfig: { region },
    })();
  };
}

/** Loaded only by those who need it: it brings the clients of every way to log in. */
const providers = () => import('@aws-sdk/credential-providers');

const secondsPerUnit: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** A duration as the provider writes it: `1h30m`. */
function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  return Math.round(parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (secondsPerUnit[unit] ?? 0), 0));
}

function parse<Output>(config: Config, key: string, schema: z.ZodType<Output>): Output | undefined {
  const text = config[key];
  if (text === undefined || text === '') return undefined;
  const result = schema.safeParse(jsonOf(text));
  if (result.success) return result.data;
  throw new ProviderConfigError(`${key} cannot be used.\n${z.prettifyError(result.error)}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
