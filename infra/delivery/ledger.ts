import { Parameter } from '@pulumi/aws/ssm/parameter.js';
import * as pulumi from '@pulumi/pulumi';
import type { Service } from '../compute/service.ts';
import type { Naming } from '../foundation/naming.ts';
import type { Image } from '../image/image.ts';
import type { Release } from '../release/release.ts';

export interface DeliveryArgs {
  readonly naming: Naming;
  readonly image: Image;
  /** All that run the release. */
  readonly services: readonly Service[];
}

/**
 * What a release leaves behind: the parameter in which the releases of the environment are recorded. The program makes
 * it and never writes to it again; whoever verified a release does.
 *
 * Cost: nothing for entries of up to 4 KB, cents a month above.
 * Change: its name replaces it, and with it the history of the environment.
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
        // An entry names all migrations of its release and may outgrow the 4 KB of the standard tier.
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
