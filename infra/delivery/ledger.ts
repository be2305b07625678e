import { Parameter } from '@pulumi/aws/ssm/parameter.js';
import * as pulumi from '@pulumi/pulumi';
import type { Service } from '../compute/service.ts';
import type { Naming } from '../foundation/naming.ts';
import type { Image } from '../image/image.ts';
import type { Release } from '../release/release.ts';

export interface DeliveryArgs {
  readonly naming: Naming;
  readonly image: Image;
  /** Every service that runs the release. */
  readonly services: readonly Service[];
}

/**
 * The release ledger of the environment: an SSM parameter with one version per release. The program creates it and never
 * writes to it again. `stack` records a release after verifying it.
 *
 * Cost: free up to 4 KB per entry, cents per month above.
 * Change: changing the name replaces the parameter and loses the release history.
 */
export class Delivery extends pulumi.ComponentResource {
  readonly ledgerParameter: pulumi.Output<string>;
  readonly release: pulumi.Output<Release>;

  constructor(name: string, { naming, image, services }: DeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Delivery', name, {}, opts);
    const ledger = new Parameter(
      `${name}-ledger`,
      {
        name: `/${naming.tags.Project}/${naming.environment}/releases`,
        description: 'Releases of this environment, one version each',
        type: 'String',
        // An entry lists all migrations of its release and may exceed the 4 KB of the standard tier.
        tier: 'Intelligent-Tiering',
        insecureValue: 'none',
        tags: naming.tags,
      },
      { parent: this, dependsOn: [...services], ignoreChanges: ['insecureValue', 'value', 'tier'] },
    );
    this.ledgerParameter = ledger.name;
    this.release = image.release;
    this.registerOutputs({ ledgerParameter: this.ledgerParameter, release: this.release });
  }
}
