import type { Tls } from './services.ts';
import { certificates, oneOf, type Rule, text, wholeNumber } from './values.ts';

/** `iam`: a token that is made for each connection takes the place of a password. */
export type DatabaseAuthentication =
  | { readonly mode: 'password'; readonly password: string }
  | { readonly mode: 'iam'; readonly region: string };

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly authentication: DatabaseAuthentication;
  readonly tls: Tls;
  readonly connectTimeoutMs: number;
}

export interface DatabaseSettings extends DatabaseAddress {
  /** Connections that this process may hold open in all. */
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
}

/** Whom the API and the worker are to the database: someone who may read and write rows, and nothing else. */
export interface AppRole {
  readonly user: string;
  readonly authentication: DatabaseAuthentication;
}

const authentications = ['password', 'iam'] as const;

const addressVariables = () => ({
  DATABASE_HOST: text('must be the host name of the Postgres server'),
  DATABASE_PORT: wholeNumber(1, 65_535),
  DATABASE_NAME: text('must be the name of the database'),
  DATABASE_USER: text('must be the name of the database user'),
  DATABASE_TLS: oneOf(['verify-full', 'disable']).default('verify-full'),
  DATABASE_CA: certificates().optional(),
  DATABASE_CONNECT_TIMEOUT_MS: wholeNumber(100, 60_000, 'milliseconds'),
});

/** Of a process that reads and writes rows. */
export const databaseVariables = () => ({
  ...addressVariables(),
  DATABASE_AUTHENTICATION: oneOf(authentications).default('password'),
  DATABASE_PASSWORD: text('must be the password of the database user').optional(),
  // One connection is kept for the readiness check, so one alone would leave none for requests.
  DATABASE_POOL_SIZE: wholeNumber(2, 1_000, 'connections'),
  DATABASE_STATEMENT_TIMEOUT_MS: wholeNumber(100, 3_600_000, 'milliseconds'),
});

/** Of the process that owns the tables. */
export const ownerVariables = () => ({
  ...addressVariables(),
  DATABASE_PASSWORD: text('must be the password of the database user'),
  APP_DATABASE_USER: text('must be the name of the role that the app connects as'),
  APP_DATABASE_AUTHENTICATION: oneOf(authentications).default('password'),
  APP_DATABASE_PASSWORD: text('must be the password that the role gets').optional(),
});

const tlsRules: readonly Rule[] = [
  ({ DATABASE_TLS, DATABASE_CA }) =>
    DATABASE_TLS === 'disable' && DATABASE_CA !== undefined
      ? 'DATABASE_CA is set while DATABASE_TLS is "disable": nothing would be verified with it'
      : undefined,
];

/** A password is needed exactly where no token takes its place. */
const passwordRule =
  (prefix: '' | 'APP_', what: string): Rule =>
  (variables) => {
    const [authentication, password] = [`${prefix}DATABASE_AUTHENTICATION`, `${prefix}DATABASE_PASSWORD`];
    if (variables[authentication] === 'iam') {
      return variables[password] === undefined ? undefined : `${password} is set while ${authentication} is "iam"`;
    }
    return variables[password] === undefined ? `${password} is missing: it must be the password ${what}` : undefined;
  };

export const databaseRules: readonly Rule[] = [...tlsRules, passwordRule('', 'of the database user')];
export const ownerRules: readonly Rule[] = [...tlsRules, passwordRule('APP_', 'that the role gets')];

interface AddressValues {
  readonly AWS_REGION: string;
  readonly DATABASE_HOST: string;
  readonly DATABASE_PORT: number;
  readonly DATABASE_NAME: string;
  readonly DATABASE_USER: string;
  readonly DATABASE_PASSWORD?: string | undefined;
  readonly DATABASE_TLS: 'verify-full' | 'disable';
  readonly DATABASE_CA?: readonly string[] | undefined;
  readonly DATABASE_CONNECT_TIMEOUT_MS: number;
}

interface DatabaseValues extends AddressValues {
  readonly DATABASE_AUTHENTICATION: 'password' | 'iam';
  readonly DATABASE_POOL_SIZE: number;
  readonly DATABASE_STATEMENT_TIMEOUT_MS: number;
}

export function databaseFrom(values: DatabaseValues): DatabaseSettings {
  return {
    ...addressFrom(values, values.DATABASE_AUTHENTICATION),
    poolSize: values.DATABASE_POOL_SIZE,
    statementTimeoutMs: values.DATABASE_STATEMENT_TIMEOUT_MS,
  };
}

export function addressFrom(values: AddressValues, mode: 'password' | 'iam' = 'password'): DatabaseAddress {
  return {
    host: values.DATABASE_HOST,
    port: values.DATABASE_PORT,
    name: values.DATABASE_NAME,
    user: values.DATABASE_USER,
    authentication: authenticationFrom(mode, values.DATABASE_PASSWORD, values.AWS_REGION),
    tls:
      values.DATABASE_TLS === 'disable'
        ? { mode: 'disable' }
        : { mode: 'verify-full', extraAuthorities: values.DATABASE_CA ?? [] },
    connectTimeoutMs: values.DATABASE_CONNECT_TIMEOUT_MS,
  };
}

interface AppRoleValues {
  readonly AWS_REGION: string;
  readonly APP_DATABASE_USER: string;
  readonly APP_DATABASE_AUTHENTICATION: 'password' | 'iam';
  readonly APP_DATABASE_PASSWORD?: string | undefined;
}

export function appRoleFrom(values: AppRoleValues): AppRole {
  const { APP_DATABASE_AUTHENTICATION: mode, APP_DATABASE_PASSWORD: password } = values;
  return { user: values.APP_DATABASE_USER, authentication: authenticationFrom(mode, password, values.AWS_REGION) };
}

/** The rules have made sure of the password. */
function authenticationFrom(
  mode: 'password' | 'iam',
  password: string | undefined,
  region: string,
): DatabaseAuthentication {
  return mode === 'iam' ? { mode, region } : { mode, password: password ?? '' };
}
