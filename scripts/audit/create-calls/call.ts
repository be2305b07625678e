/** A call of an AWS API, as botocore takes it. */
export interface ApiCall {
  readonly service: string;
  readonly operation: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

type Convert = (value: unknown) => unknown;
/** Where an input goes: a path of members, and how its value is written there. */
type Member = string | readonly [path: string, convert: Convert];

/** Instead of a path: the converted value is merged into the call. */
export const wholeCall = '';

export interface CallOfType {
  readonly service: string;
  readonly operation: string;
  /** By input of the resource. */
  readonly members: Readonly<Record<string, Member>>;
  /** Members that no input names, such as a name that Pulumi generates from the logical one. */
  readonly others?: (name: string) => Readonly<Record<string, unknown>>;
}

/** The calls that create a resource of a type. */
export interface CreateCalls {
  readonly calls: readonly CallOfType[];
  /** Inputs that no model describes: options of the provider, and attributes that an API takes as free text. */
  readonly unmodelled?: readonly string[];
}

/** Pulumi appends seven hexadecimal digits to a name that it generates. */
export const generated = (name: string) => `${name}-0123abc`;
/** Terraform's provider appends 26 digits to a prefix. */
export const withSuffix: Convert = (prefix) => `${String(prefix)}${'2'.repeat(26)}`;

/** Tags as most services take them: `[{ Key, Value }]`. */
export const tagList: Convert = (value) => pairs(value, 'Key', 'Value');
export const tags: Member = ['Tags', tagList];
export const lowerTags: Member = ['tags', (value) => pairs(value, 'key', 'value')];

export function pairs(map: unknown, key: string, value: string): readonly object[] {
  return entriesOf(map).map(([name, item]) => ({ [key]: name, [value]: item }));
}

/** EC2 takes tags by the kind of what is created. */
export function ec2Tags(kind: string): Member {
  return ['TagSpecifications', (value) => [{ ResourceType: kind, Tags: pairs(value, 'Key', 'Value') }]];
}

/** Writes the keys of an object with a capital, at every depth. */
export const pascal: Convert = (value) => keysWritten(value, (key) => `${key.charAt(0).toUpperCase()}${key.slice(1)}`);

export function keysWritten(value: unknown, write: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => keysWritten(item, write));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(entriesOf(value).map(([key, item]) => [write(key), keysWritten(item, write)]));
}

export const asList: Convert = (value) => [value];
export const asJson: Convert = (value) => JSON.parse(String(value));

export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/**
 * Sets a member at a path such as `networkConfiguration.awsvpcConfiguration` or `IpPermissions[0].FromPort`; `[0]` is the
 * only element of a list. Two objects at the same path are merged.
 */
export function setMember(target: Record<string, unknown>, path: string, value: unknown): void {
  if (path === wholeCall) {
    Object.assign(target, value);
    return;
  }
  const [first = '', ...rest] = path.split('.');
  const key = first.replace('[0]', '');
  const old = key === first ? target[key] : Array.isArray(target[key]) ? target[key][0] : undefined;
  const merged = rest.length === 0 ? value : nested(old, rest.join('.'), value);
  const whole = isObject(old) && isObject(merged) ? { ...old, ...merged } : merged;
  target[key] = key === first ? whole : [whole];
}

function nested(old: unknown, path: string, value: unknown): Record<string, unknown> {
  const inner = Object.fromEntries(entriesOf(old));
  setMember(inner, path, value);
  return inner;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The calls that create a resource, with the values that its inputs have. */
export function callsOf({ calls }: CreateCalls, name: string, inputs: Readonly<Record<string, unknown>>): ApiCall[] {
  return calls.map(({ service, operation, members, others }) => {
    const parameters: Record<string, unknown> = { ...others?.(name) };
    for (const [input, member] of Object.entries(members)) {
      if (inputs[input] === undefined) continue;
      const [path, convert] = typeof member === 'string' ? [member, (value: unknown) => value] : member;
      setMember(parameters, path, convert(inputs[input]));
    }
    return { service, operation, parameters };
  });
}
