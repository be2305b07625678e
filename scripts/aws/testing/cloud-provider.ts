import * as pulumi from '@pulumi/pulumi';
import providerProto from '@pulumi/pulumi/proto/provider_pb.js';
import structProto from 'google-protobuf/google/protobuf/struct_pb.js';
import { outputsOf, resultOf } from '../../../infra/graph/tokens.ts';
import { computed } from '../../../infra/testing/computed-outputs.ts';
import { createClients } from '../clients.ts';
import { type Realisation, realisations } from './cloud-resources.ts';

/**
 * A provider plugin for a real engine whose cloud is MiniStack: what the release rules ask AWS about is made there; for
 * everything else it answers with the inputs and with tokens for what AWS would know.
 * Started by the engine as `cloud-provider.ts <package> <version> <port of MiniStack>`.
 */
const [, , packageName = '', version = '', port = '', ...engineArguments] = process.argv;

const clients = createClients({
  region: 'eu-central-1',
  endpoint: `http://127.0.0.1:${port}`,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

function identify(urn: string): { type: string; name: string } {
  const [, , types = '', name = ''] = urn.split('::');
  return { type: types.slice(types.lastIndexOf('$') + 1), name };
}

function echo(urn: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const { type, name } = identify(urn);
  return outputsOf(type, name, inputs, computed);
}

function realisationOf(urn: string): Realisation | undefined {
  return realisations[identify(urn).type];
}

class Vpc extends pulumi.ComponentResource {
  readonly state: Record<string, unknown>;

  constructor(name: string, options: pulumi.ComponentResourceOptions) {
    super('awsx:ec2:Vpc', name, {}, options);
    this.state = outputsOf('awsx:ec2:Vpc', name, {}, []);
    this.registerOutputs(this.state);
  }
}

const cloud = { clients, port: Number(port) };

/** The provider is not told the inputs when it reads a resource, so it keeps them in its state. */
const ownInputs = 'inputsOfTheProvider';

/** Of an import the engine sends no properties, and the SDK's server expects some. */
const { ReadRequest } = providerProto;
const { getProperties } = ReadRequest.prototype;
ReadRequest.prototype.getProperties = function orNone() {
  return getProperties.call(this) ?? new structProto.Struct();
};

async function readImported(id: string, urn: string): Promise<pulumi.provider.ReadResult> {
  const { type, name } = identify(urn);
  const found = await realisationOf(urn)?.find?.(cloud, id);
  if (found === undefined) return { id: '', props: {}, inputs: {} };
  const { inputs, outputs } = found;
  return { id: `${type}::${name}`, props: { ...echo(urn, inputs), ...outputs, [ownInputs]: inputs }, inputs };
}

const provider: pulumi.provider.Provider = {
  version,
  async create(urn, inputs) {
    const { type, name } = identify(urn);
    const made = (await realisationOf(urn)?.create(cloud, inputs)) ?? {};
    return { id: `${type}::${name}`, outs: { ...echo(urn, inputs), ...made, [ownInputs]: inputs } };
  },
  async update(_id, urn, before, inputs) {
    const realisation = realisationOf(urn);
    const made = (await (realisation?.update ?? realisation?.create)?.(cloud, inputs)) ?? {};
    return { outs: { ...before, ...inputs, ...made, [ownInputs]: inputs } };
  },
  async delete(_id, urn, state) {
    await realisationOf(urn)?.delete?.(cloud, state);
  },
  async read(id, urn, state = {}) {
    // Of what it is to import, the engine knows nothing but the id.
    if (Object.keys(state).length === 0) return readImported(id, urn);
    const found = await realisationOf(urn)?.read?.(cloud, state);
    if (found === undefined) return { id, props: state };
    const inputs = { ...state[ownInputs], ...found };
    return { id, props: { ...state, ...found, [ownInputs]: inputs }, inputs };
  },
  async diff(_id, urn, before, inputs) {
    const replaces = realisationOf(urn)?.replaces;
    if (replaces === undefined) return {};
    const changes = replaces.some((property) => before[property] !== inputs[property]);
    return changes ? { changes, replaces: [...replaces] } : { changes };
  },
  async invoke(functionToken, inputs) {
    return { outputs: resultOf(functionToken, inputs) };
  },
  async construct(name, _type, _inputs, options) {
    const vpc = new Vpc(name, options);
    return { urn: vpc.urn, state: vpc.state };
  },
};

if (packageName === '') throw new Error('Which package?');
await pulumi.provider.main(provider, engineArguments);
