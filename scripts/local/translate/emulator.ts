import {
  containersOf,
  fieldsOf,
  type GraphResource,
  type ProgramGraph,
  type Reference,
  replaceReferences,
} from '../../../infra/graph/query.ts';
import { notUnderstood } from './expectations.ts';
import { fingerprint } from './stack-document.ts';

/** A graph, and whether its buckets and queues are emulated; they are when nothing is said. */
export type LocalGraph = ProgramGraph & { readonly emulates?: boolean };

/** A bucket as the emulator creates it. */
export interface Bucket {
  readonly name: string;
  readonly versioning?: 'Enabled' | 'Suspended';
}

export interface Queue {
  readonly name: string;
  /** By the names of SQS's API: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What stands in for S3 and SQS: the buckets and queues among an app's own resources. */
export interface Emulator {
  readonly region: string;
  readonly buckets: readonly Bucket[];
  readonly queues: readonly Queue[];
  /** By type and name: what other resources know of each. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The graph's resources that it stands in for, and parts of such that it takes without acting on them. */
  readonly realised: readonly string[];
  readonly withoutEffect: readonly string[];
}

/** Also the host under which tasks reach it. No process of an app can be called so. */
export const emulatorName = 'ministack';
export const emulatorPort = 4566;
const endpoint = `http://${emulatorName}:${emulatorPort}`;
/** The emulator's own, for every key of access that is not an account's number. */
const account = '000000000000';

const bucketType = /^aws:s3\/bucket(V2)?:Bucket(V2)?$/;
const versioningType = /^aws:s3\/bucketVersioning(V2)?:BucketVersioning(V2)?$/;
const queueType = /^aws:sqs\/queue:Queue$/;
const redriveType = /^aws:sqs\/redrive(Allow)?Policy:Redrive(Allow)?Policy$/;

/** What nothing here enforces: who may do what, how it is kept, what it costs. */
const withoutEffectTypes = [
  /^aws:s3\/bucket(AccelerateConfiguration|Acl|AnalyticsConfiguration|CorsConfiguration|IntelligentTieringConfiguration|Inventory|LifecycleConfiguration|Logging|Metric|OwnershipControls|Policy|PublicAccessBlock|RequestPaymentConfiguration|ServerSideEncryptionConfiguration)(V2)?:/,
  /^aws:sqs\/queuePolicy:/,
];

/** Attributes of a queue that the emulator acts on. */
const queueAttributes: Readonly<Record<string, string>> = {
  contentBasedDeduplication: 'ContentBasedDeduplication',
  deduplicationScope: 'DeduplicationScope',
  delaySeconds: 'DelaySeconds',
  fifoQueue: 'FifoQueue',
  fifoThroughputLimit: 'FifoThroughputLimit',
  maxMessageSize: 'MaximumMessageSize',
  messageRetentionSeconds: 'MessageRetentionPeriod',
  receiveWaitTimeSeconds: 'ReceiveMessageWaitTimeSeconds',
  redriveAllowPolicy: 'RedriveAllowPolicy',
  redrivePolicy: 'RedrivePolicy',
  visibilityTimeoutSeconds: 'VisibilityTimeout',
};

/**
 * What an attribute is that the program does not have, or has no more.
 * https://www.pulumi.com/registry/packages/aws/api-docs/sqs/queue/#inputs
 */
const queueDefaults: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  MaximumMessageSize: '262144',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  RedriveAllowPolicy: '',
  RedrivePolicy: '',
  VisibilityTimeout: '30',
};

/** Inputs that name a resource or only describe it. */
const names: ReadonlySet<string> = new Set(['name', 'namePrefix', 'bucket', 'bucketPrefix', 'region', 'tags']);
const plainInputs: ReadonlySet<string> = new Set([...names, 'forceDestroy', 'timeoutSeconds']);

/** Whether an app's own resources have something that the emulator stands in for. */
export function needsEmulator(own: readonly GraphResource[]): boolean {
  return own.some(({ type }) => bucketType.test(type) || queueType.test(type));
}

/** @returns `undefined` without buckets and queues, or where they are not emulated: nothing is started then */
export function parseEmulator(stack: LocalGraph, own: readonly GraphResource[]): Emulator | undefined {
  if (stack.emulates === false || !needsEmulator(own)) return undefined;
  const region = regionOf(stack);
  const buckets = own.filter(({ type }) => bucketType.test(type));
  const queues = own.filter(({ type }) => queueType.test(type));
  const outputs: Record<string, Record<string, string>> = {};
  const resolve = (value: unknown, where: string) => resolved(outputs, value, where);
  for (const resource of [...buckets, ...queues]) {
    const isQueue = queueType.test(resource.type);
    const name = nameOf(stack.environment, resource, isQueue, resolve);
    outputs[keyOf(resource)] = isQueue ? queueOutputs(name, region) : bucketOutputs(name, region);
  }
  return {
    region,
    buckets: buckets.map((resource) => bucketOf(resource, own, outputs)),
    queues: queues.map((resource) => queueOf(resource, own, outputs)),
    outputs,
    realised: own.filter(({ type }) => isRealised(type)).map(describe),
    withoutEffect: [
      ...own.filter(({ type }) => withoutEffectTypes.some((pattern) => pattern.test(type))).map(describe),
      ...[...buckets, ...queues].flatMap(inputsWithoutEffect),
    ],
  };
}

/** Whether a resource of an app needs nothing besides the emulator. */
export function isEmulated(emulator: Emulator | undefined, { type }: GraphResource): boolean {
  return emulator !== undefined && (isRealised(type) || withoutEffectTypes.some((pattern) => pattern.test(type)));
}

function isRealised(type: string): boolean {
  return [bucketType, versioningType, queueType, redriveType].some((pattern) => pattern.test(type));
}

/** What a reference is there; `undefined`: the emulator does not have it. */
export function emulatedOutput(emulator: Emulator | undefined, reference: Reference): string | undefined {
  return emulator === undefined ? undefined : outputOf(emulator.outputs, reference);
}

/**
 * What the SDKs of AWS read by themselves. On Fargate, ECS sets region and credentials.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function sdkVariables({ region, buckets, queues }: Emulator): Readonly<Record<string, string>> {
  return {
    ...(buckets.length === 0 ? {} : { AWS_ENDPOINT_URL_S3: endpoint }),
    ...(queues.length === 0 ? {} : { AWS_ENDPOINT_URL_SQS: endpoint }),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

function describe({ type, name }: GraphResource): string {
  return `${name} (${type})`;
}

function keyOf({ type, name }: Pick<GraphResource, 'type' | 'name'>): string {
  return `${type}::${name}`;
}

/** Each container writes its logs to the region of the environment. */
function regionOf({ resources }: ProgramGraph): string {
  for (const { logConfiguration } of resources.flatMap(containersOf)) {
    const region = fieldsOf(fieldsOf(logConfiguration)['options'])['awslogs-region'];
    if (typeof region === 'string') return region;
  }
  throw notUnderstood('the program', 'no container', 'a container that logs to CloudWatch, which names the region');
}

type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

function outputOf(outputs: Outputs, { type, name, property }: Reference): string | undefined {
  if (type === 'aws:index/getCallerIdentity:getCallerIdentity' && property === 'accountId') return account;
  return outputs[keyOf({ type, name })]?.[property];
}

function resolved(outputs: Outputs, value: unknown, where: string): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return replaceReferences(text, (reference, whole) => {
    const known = outputOf(outputs, reference);
    if (known === undefined) throw notUnderstood(where, whole, 'an output of a bucket or a queue of the app');
    return known;
  });
}

/** As the program says, or the same in each evaluation, where AWS would draw a random one. */
function nameOf(
  environment: string,
  resource: GraphResource,
  isQueue: boolean,
  resolve: (value: unknown, where: string) => string,
): string {
  const { inputs, name, type } = resource;
  const own = isQueue ? inputs['name'] : inputs['bucket'];
  if (own !== undefined) return resolve(own, `name of ${describe(resource)}`);
  const given = isQueue ? inputs['namePrefix'] : inputs['bucketPrefix'];
  const prefix = given === undefined ? `${name}-` : resolve(given, `prefix of ${describe(resource)}`);
  const generated = `${prefix}${fingerprint([environment, type, name]).slice(0, 7)}`;
  if (!isQueue) return generated.toLowerCase();
  return inputs['fifoQueue'] === true ? `${generated}.fifo` : generated;
}

function bucketOutputs(name: string, region: string): Record<string, string> {
  return { id: name, bucket: name, arn: `arn:aws:s3:::${name}`, region };
}

function queueOutputs(name: string, region: string): Record<string, string> {
  const url = `${endpoint}/${account}/${name}`;
  return { id: url, url, name, arn: `arn:aws:sqs:${region}:${account}:${name}`, region };
}

function bucketOf(resource: GraphResource, own: readonly GraphResource[], outputs: Outputs): Bucket {
  const name = outputOf(outputs, { ...resource, property: 'bucket' }) ?? '';
  const beside = own.find(
    ({ type, inputs }) =>
      versioningType.test(type) && resolved(outputs, inputs['bucket'], 'bucket of a versioning') === name,
  );
  const inline = fieldsOf(resource.inputs['versioning'])['enabled'];
  const status = fieldsOf(beside?.inputs['versioningConfiguration'])['status'] ?? (inline === true ? 'Enabled' : '');
  return { name, ...(status === 'Enabled' || status === 'Suspended' ? { versioning: status } : {}) };
}

function queueOf(resource: GraphResource, own: readonly GraphResource[], outputs: Outputs): Queue {
  const { url = '', name = '' } = outputs[keyOf(resource)] ?? {};
  const beside = own
    .filter(({ type, inputs }) => redriveType.test(type) && resolved(outputs, inputs['queueUrl'], 'queueUrl') === url)
    .map(({ inputs: { queueUrl, ...policies } }) => policies);
  const inputs = Object.assign({}, resource.inputs, ...beside);
  const attributes = Object.entries(queueAttributes).flatMap(([input, attribute]) => {
    const value = inputs[input];
    const plain = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    return plain === undefined || plain === 'false'
      ? []
      : [[attribute, resolved(outputs, plain, `${input} of ${describe(resource)}`)]];
  });
  return { name, attributes: { ...queueDefaults, ...Object.fromEntries(attributes) } };
}

function inputsWithoutEffect(resource: GraphResource): readonly string[] {
  const known = queueType.test(resource.type) ? Object.keys(queueAttributes) : ['versioning'];
  return Object.keys(resource.inputs)
    .filter((input) => !plainInputs.has(input) && !known.includes(input))
    .map((input) => `${input} of ${describe(resource)}`);
}
