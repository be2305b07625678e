import { certificates, oneOf, type Rule, text, type Variables, wholeNumber } from './values.ts';

/*
 * The services beside the database. Each may be absent, and is then absent as a whole: its settings are `undefined`.
 */

/** TLS is either off or verified against named authorities: "encrypted but unverified" cannot be said. */
export type Tls =
  | { readonly mode: 'disable' }
  | { readonly mode: 'verify-full'; readonly extraAuthorities: readonly string[] };

/** Without Valkey nothing is cached, each task counts requests by itself, and jobs wait in the outbox. */
export interface ValkeySettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tls: Tls;
}

export interface MetricsSettings {
  /** Of the listener that Prometheus asks, apart from the API's. */
  readonly port: number;
  /** CloudWatch's; absent: no metrics among the log lines. */
  readonly namespace: string | undefined;
}

export interface TracingSettings {
  /** Base URL of a collector that speaks OTLP over HTTP. */
  readonly endpoint: string;
}

/** Requests a minute of one user, or of one address where nobody is logged in. */
export interface RateLimits {
  readonly perMinute: number;
  /** Of the endpoints that check a password or make an account. */
  readonly authPerMinute: number;
}

/** What one user may keep; what goes beyond is refused. */
export interface Quotas {
  readonly todosPerUser: number;
  /** Kept for a day each, with the answer of their write. */
  readonly idempotencyKeysPerUser: number;
  /** Messages to the webhook in a day. */
  readonly webhookMessagesPerUser: number;
  /** The one that was not used for longest ends when there would be more. */
  readonly sessionsPerUser: number;
}

/** `any` is for development: it reaches hosts of the private network, and those without TLS. */
export type WebhookTargets = 'public' | 'any';

export const webhookVariables = () => ({ WEBHOOK_TARGETS: oneOf(['public', 'any']).default('public') });

export const valkeyVariables = () => ({
  VALKEY_HOST: text('must be the host name of the Valkey server'),
  VALKEY_PORT: wholeNumber(1, 65_535).default(6_379),
  VALKEY_USER: text('must be the name of the Valkey user').default('default'),
  VALKEY_PASSWORD: text('must be the password of the Valkey user'),
  VALKEY_TLS: oneOf(['verify-full', 'disable']).default('verify-full'),
  VALKEY_CA: certificates().optional(),
});

export const optionalValkeyVariables = () => {
  const { VALKEY_HOST, VALKEY_PASSWORD, ...others } = valkeyVariables();
  return { ...others, VALKEY_HOST: VALKEY_HOST.optional(), VALKEY_PASSWORD: VALKEY_PASSWORD.optional() };
};

export const telemetryVariables = () => ({
  METRICS_PORT: wholeNumber(1, 65_535).optional(),
  METRICS_NAMESPACE: text('must name the CloudWatch namespace').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: text('must be the URL of the collector')
    .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), 'must be a URL with http or https')
    .optional(),
});

export const rateLimitVariables = () => ({
  REQUESTS_PER_MINUTE: wholeNumber(1, 100_000_000, 'requests').default(30_000),
  AUTH_REQUESTS_PER_MINUTE: wholeNumber(1, 100_000_000, 'requests').default(30),
});

export const quotaVariables = () => ({
  TODOS_PER_USER: wholeNumber(1, 100_000_000, 'todos').default(10_000),
  IDEMPOTENCY_KEYS_PER_USER: wholeNumber(1, 100_000_000, 'keys').default(10_000),
  WEBHOOK_MESSAGES_PER_USER: wholeNumber(1, 100_000_000, 'messages').default(10_000),
  SESSIONS_PER_USER: wholeNumber(1, 100_000, 'sessions').default(100),
});

export const valkeyRules: readonly Rule[] = [
  ({ VALKEY_HOST, VALKEY_PASSWORD }) =>
    (VALKEY_HOST === undefined) === (VALKEY_PASSWORD === undefined)
      ? undefined
      : 'VALKEY_HOST and VALKEY_PASSWORD are set together or not at all',
  ({ VALKEY_TLS, VALKEY_CA }) =>
    VALKEY_TLS === 'disable' && VALKEY_CA !== undefined
      ? 'VALKEY_CA is set while VALKEY_TLS is "disable": nothing would be verified with it'
      : undefined,
];

export const telemetryRules: readonly Rule[] = [
  ({ METRICS_PORT, PORT }: Variables) =>
    METRICS_PORT !== undefined && METRICS_PORT === PORT ? 'METRICS_PORT must differ from PORT' : undefined,
];

interface ValkeyValues {
  readonly VALKEY_HOST: string;
  readonly VALKEY_PORT: number;
  readonly VALKEY_USER: string;
  readonly VALKEY_PASSWORD: string;
  readonly VALKEY_TLS: 'verify-full' | 'disable';
  readonly VALKEY_CA?: readonly string[] | undefined;
}

type OptionalValkeyValues = Omit<ValkeyValues, 'VALKEY_HOST' | 'VALKEY_PASSWORD'> & {
  readonly VALKEY_HOST?: string | undefined;
  readonly VALKEY_PASSWORD?: string | undefined;
};

export function valkeyFrom(values: ValkeyValues): ValkeySettings {
  return {
    host: values.VALKEY_HOST,
    port: values.VALKEY_PORT,
    user: values.VALKEY_USER,
    password: values.VALKEY_PASSWORD,
    tls:
      values.VALKEY_TLS === 'disable'
        ? { mode: 'disable' }
        : { mode: 'verify-full', extraAuthorities: values.VALKEY_CA ?? [] },
  };
}

export function optionalValkeyFrom(values: OptionalValkeyValues): ValkeySettings | undefined {
  const { VALKEY_HOST, VALKEY_PASSWORD } = values;
  return VALKEY_HOST === undefined || VALKEY_PASSWORD === undefined
    ? undefined
    : valkeyFrom({ ...values, VALKEY_HOST, VALKEY_PASSWORD });
}

interface TelemetryValues {
  readonly METRICS_PORT?: number | undefined;
  readonly METRICS_NAMESPACE?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
}

export interface TelemetrySettings {
  readonly metrics: MetricsSettings | undefined;
  readonly tracing: TracingSettings | undefined;
}

export function telemetryFrom(values: TelemetryValues): TelemetrySettings {
  const { METRICS_PORT: port, METRICS_NAMESPACE: namespace, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = values;
  return {
    metrics: port === undefined ? undefined : { port, namespace },
    tracing: endpoint === undefined ? undefined : { endpoint },
  };
}
