import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import { outputsOf, resultOf } from '../graph/tokens.ts';
import { computed } from './computed-outputs.ts';

/**
 * A fake provider plugin for a real engine: returns the inputs, and tokens for what only AWS knows, and records its
 * operations. The engine starts it as `provider.ts <package> <version> <journal>`.
 */
const [, , packageName = '', version = '', journal = '', ...engineArguments] = process.argv;

const randomPassword = 'aws:secretsmanager/getRandomPassword:getRandomPassword';

function identify(urn: string): { type: string; name: string } {
  const [, , types = '', name = ''] = urn.split('::');
  return { type: types.slice(types.lastIndexOf('$') + 1), name };
}

function note(operation: string, urn: string): void {
  const { type, name } = identify(urn);
  appendFileSync(journal, `${operation} ${type} ${name}\n`);
}

function outputs(urn: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const { type, name } = identify(urn);
  const outs = outputsOf(type, name, inputs, computed);
  // Every revision of a task definition has its own ARN.
  if (type !== 'aws:ecs/taskDefinition:TaskDefinition') return outs;
  const revision = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 8);
  return { ...outs, arn: `arn:aws:ecs:eu-central-1:123456789012:task-definition/${name}:${revision}` };
}

class Vpc extends pulumi.ComponentResource {
  readonly state: Record<string, unknown>;

  constructor(name: string, inputs: pulumi.Inputs, options: pulumi.ComponentResourceOptions) {
    super('awsx:ec2:Vpc', name, {}, options);
    this.state = outputsOf('awsx:ec2:Vpc', name, inputs, []);
    this.registerOutputs(this.state);
  }
}

const provider: pulumi.provider.Provider = {
  version,
  async create(urn, inputs) {
    note('create', urn);
    const { type, name } = identify(urn);
    return { id: `${type}::${name}`, outs: outputs(urn, inputs) };
  },
  async update(_id, urn, _before, inputs) {
    note('update', urn);
    return { outs: outputs(urn, inputs) };
  },
  async delete(_id, urn) {
    note('delete', urn);
  },
  /** Task definitions are immutable. For everything else, an empty result makes the engine compare the inputs. */
  async diff(_id, urn, before, inputs) {
    if (identify(urn).type !== 'aws:ecs/taskDefinition:TaskDefinition') return {};
    const changes = before.containerDefinitions !== inputs.containerDefinitions;
    return changes ? { changes, replaces: ['containerDefinitions'] } : { changes };
  },
  async invoke(functionToken, inputs) {
    const outputs = resultOf(functionToken, inputs);
    // A new one per call, as in AWS.
    if (functionToken === randomPassword) return { outputs: { ...outputs, randomPassword: randomUUID() } };
    return { outputs };
  },
  async construct(name, _type, inputs, options) {
    const vpc = new Vpc(name, inputs, options);
    return { urn: vpc.urn, state: vpc.state };
  },
};

if (packageName === '') throw new Error('Usage: provider.ts <package> <version> <journal>');
await pulumi.provider.main(provider, engineArguments);
