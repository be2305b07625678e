import * as pulumi from '@pulumi/pulumi';
import { Task, type TaskArgs } from '../task.ts';
import type { MigrationInputs } from './run.ts';

/**
 * Brings the schema to where the release needs it, and the app's user with its rights: runs one task of the new image to its end, before any service gets
 * that image. Forward only; the old release keeps serving meanwhile and afterwards, should the task fail.
 *
 * Cost: a task for as long as the migrations take.
 * Change: a new image and `databaseAuthentication` run it again; removing it removes nothing from the database.
 */
export class Migration extends pulumi.ComponentResource {
  readonly task: Task;

  constructor(name: 'migrate', args: TaskArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Migration', name, {}, opts);
    this.task = new Task(name, args, { parent: this });
    new MigrationRun(
      name,
      {
        region: args.settings.region,
        cluster: args.cluster.arn,
        taskDefinition: this.task.definitionArn,
        subnets: args.network.privateSubnetIds,
        securityGroups: pulumi.all([this.task.securityGroup.id]),
        containerName: name,
        logGroup: this.task.logGroupName,
        timeoutSeconds: args.settings.migrationTimeoutSeconds,
        image: args.image.reference,
        appLogin: args.settings.database.authentication,
      },
      { parent: this, dependsOn: [...this.task.ready] },
    );
    this.registerOutputs({ definitionArn: this.task.definitionArn });
  }
}

type Run = { readonly [Key in keyof MigrationInputs]: pulumi.Input<MigrationInputs[Key]> };

/**
 * The run as a resource, so that others can depend on it and the state knows which image it was.
 *
 * It is a dynamic resource without the SDK's class for them: that class ships the provider as source text which it
 * takes from the running closure, at a cost of most of a second in every program run. A line that loads a file does too.
 */
class MigrationRun extends pulumi.CustomResource {
  constructor(name: string, run: Run, opts: pulumi.CustomResourceOptions) {
    super('pulumi-nodejs:dynamic/stack:MigrationRun', name, { ...run, __provider: loadProvider }, opts);
  }
}

/**
 * Runs in the engine's provider process, which starts in the project or in a directory below it. It must be the same
 * on every machine, or each of them would see a change.
 */
const loadProvider = `
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');
exports.handler = () => {
  let directory = process.cwd();
  while (!existsSync(join(directory, 'Pulumi.yaml')) && dirname(directory) !== directory) directory = dirname(directory);
  return require(join(directory, 'infra', 'migration-provider.ts')).migrationProvider;
};
`;
