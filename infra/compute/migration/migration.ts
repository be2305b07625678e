import * as pulumi from '@pulumi/pulumi';
import { Task, type TaskArgs } from '../task.ts';
import type { MigrationInputs } from './run.ts';

/**
 * Migrates the schema and the app's database user: runs one task of the new image to completion before any service gets
 * that image. Forward only. If it fails, the previous release keeps serving.
 *
 * Cost: one task for as long as the migrations run.
 * Change: a new image, another `databaseAuthentication`, or a replaced or restored database runs it again. Removing it
 * changes nothing in the database.
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
        database: args.database.resourceId,
      },
      { parent: this, dependsOn: [...this.task.ready] },
    );
    this.registerOutputs({ definitionArn: this.task.definitionArn });
  }
}

type Run = { readonly [Key in keyof MigrationInputs]: pulumi.Input<MigrationInputs[Key]> };

/**
 * The run as a resource, so that services can depend on it and the state records its image.
 *
 * A dynamic resource without the SDK's class: that class serializes the provider's closure into source text, which takes
 * most of a second in every run of the program. One line that loads a file does the same.
 */
class MigrationRun extends pulumi.CustomResource {
  constructor(name: string, run: Run, opts: pulumi.CustomResourceOptions) {
    super('pulumi-nodejs:dynamic/stack:MigrationRun', name, { ...run, __provider: loadProvider }, opts);
  }
}

/**
 * Runs in the engine's provider process, whose working directory is the project or a folder below it. The text must be
 * identical on every machine, or each would see a change. Stacks keep it in their state, so the path of the file it loads
 * is fixed.
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
