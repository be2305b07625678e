import * as pulumi from '@pulumi/pulumi';
import type { RegisterResourceRequest, RegisterResourceResponse } from '@pulumi/pulumi/proto/resource_pb.js';
import { outputsOf, resultOf, token } from './tokens.ts';

/** A resource as the program registered it. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Absent for the stack itself. */
  readonly parent?: string;
  /** URNs of what has to exist before it: those that the program names, and those whose outputs it uses. */
  readonly dependencies: readonly string[];
  /** Managed by a provider; a component is not. */
  readonly custom: boolean;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** Present: Pulumi forgets it instead of deleting it. */
  readonly retainOnDelete?: true;
  /** Present: a replacement comes after the deletion, not before it. */
  readonly deleteBeforeReplace?: true;
  /** Inputs whose changes are left alone. */
  readonly ignoreChanges: readonly string[];
  /** Values that are not known yet are tokens: see {@link token}. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Everything that a program registers for one environment, in the order of its URNs. */
export interface Graph {
  readonly environment: string;
  readonly resources: readonly RecordedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface RecordOptions {
  readonly project: string;
  readonly environment: string;
  /** Configuration with its namespaces: `nest-fargate:apiMemoryMiB`, `aws:region`. */
  readonly config: Readonly<Record<string, string>>;
  /** Keys of the configuration whose values no error may show. */
  readonly secretKeys?: ReadonlySet<string>;
}

/** What a backend without organizations, such as a file or a bucket, calls its only one. */
const organization = 'organization';

/**
 * Runs a Pulumi program in this process, without engine and providers, and returns what it registers.
 * The SDK keeps its state in the process: programs are recorded one after the other, never at the same time.
 *
 * The SDK takes a stack trace for each promise of each resource, which is half of the time a program takes. So it runs
 * without them first; a program that fails runs once more, so that its error says where.
 */
export async function record(options: RecordOptions, program: () => Promise<object>): Promise<Graph> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await recordOnce(options, program);
  } catch {
    Error.stackTraceLimit = stackTraceLimit;
    return await recordOnce(options, program);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function recordOnce(options: RecordOptions, program: () => Promise<object>): Promise<Graph> {
  const recorded: RecordedResource[] = [];
  const declared = new Map<string, readonly string[]>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => ({
        id: custom === false ? undefined : token(type, name, 'id'),
        state: outputsOf(type, name, inputs, declared.get(`${type} ${name}`) ?? []),
      }),
      call: ({ token: functionToken, inputs }) => resultOf(functionToken, inputs),
    },
    options.project,
    options.environment,
    false,
    organization,
  );
  pulumi.runtime.setAllConfig({ ...options.config });
  // biome-ignore lint/style/noProcessEnv: the engine tells a program in this variable which keys are secret.
  process.env['PULUMI_CONFIG_SECRET_KEYS'] = JSON.stringify([...(options.secretKeys ?? [])]);
  observe((resource) => recorded.push(resource));
  let failure: unknown;
  const outputs = await pulumi.runtime.runInPulumiStack(async () => {
    // A generated class names all of its properties when it is constructed, the ones that are not inputs as undefined.
    pulumi.runtime.registerStackTransformation(({ type, name, props }) => {
      declared.set(`${type} ${name}`, Object.keys(props));
      return undefined;
    });
    try {
      return { ...(await program()) };
    } catch (error) {
      // Thrown from here it would also be an unhandled rejection of the SDK, which ends the process.
      failure = error;
      return {};
    }
  });
  await pulumi.runtime.disconnect();
  if (failure !== undefined) throw failure;
  return {
    environment: options.environment,
    resources: recorded.toSorted((a, b) => (a.urn < b.urn ? -1 : 1)),
    outputs: plain(outputs ?? {}),
  };
}

type Register = (
  request: RegisterResourceRequest,
  callback: (error: Error | null, response: RegisterResourceResponse) => void,
) => Promise<void>;

/** Mocks are given neither the parent nor the dependencies of a resource; the request to the monitor has them. */
function observe(add: (resource: RecordedResource) => void): void {
  // The mock monitor implements the calls that a program makes, in a class that the SDK does not export.
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: Register; newUrn: typeof urnOf };
  monitor.newUrn = urnOf;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      if (error === null) add(recordedFrom(request, response.getUrn()));
      callback(error, response);
    });
}

function recordedFrom(request: RegisterResourceRequest, urn: string): RecordedResource {
  const parent = request.getParent();
  const object = request.getObject()?.toJavaScript() ?? {};
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    ...(parent === '' ? {} : { parent }),
    dependencies: [...new Set(request.getDependenciesList())].toSorted(),
    custom: request.getCustom(),
    protect: request.getProtect() ?? false,
    ...(request.getRetainondelete() ? { retainOnDelete: true } : {}),
    ...(request.getDeletebeforereplace() ? { deleteBeforeReplace: true } : {}),
    ignoreChanges: request.getIgnorechangesList(),
    inputs: plain(object),
  };
}

/** As the engine names resources: with the types of all parents but the stack. The SDK's mock knows only the nearest. */
function urnOf(parent: string, type: string, name: string): string {
  const [, parentType = ''] = /^urn:pulumi:[^:]*::[^:]*::(.*)::[^:]*$/.exec(parent) ?? [];
  const qualified = parentType === '' || parentType === 'pulumi:pulumi:Stack' ? type : `${parentType}$${type}`;
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${qualified}::${name}`;
}

/** The protobuf form marks secrets and resource references; a graph has their plain content. */
const signature = '4dabf18193072939515e22adb298388d';
/** Source of a dynamic provider: code, not a property of the resource. */
const providerSource = '__provider';

function plain(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(object).filter(([key]) => key !== providerSource);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, plainValue(value)]),
  );
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  const object = Object.fromEntries(Object.entries(value));
  if (!(signature in object)) return plain(object);
  return 'value' in object ? plainValue(object['value']) : object['urn'];
}
