import type { ImportResource } from '@pulumi/pulumi/automation/index.js';
import type { StackState } from './stack-export.ts';
import { splitUrn } from './urn.ts';

/** A resource of the program that exists and is not in the state of the stack. */
export interface Adoption {
  /** As the program registers it. */
  readonly urn: string;
  readonly parent?: string;
  /** What `pulumi import` takes as its id. */
  readonly id: string;
}

/** A component of the program; one that is not in the state is made for what is adopted below it. */
export interface Component {
  readonly urn: string;
  readonly parent?: string;
}

interface ImportFile {
  readonly resources: ImportResource[];
  readonly nameTable: Readonly<Record<string, string>>;
}

/**
 * What `pulumi import --file` is given. An imported resource has the URN that the program gives it only below the same
 * parents: https://www.pulumi.com/docs/iac/guides/migration/import/#bulk-import-operations
 *
 * @param versions of the providers by package, for a stack that has none yet
 */
export function importFile(
  adoptions: readonly Adoption[],
  { resources: known }: Pick<StackState, 'resources'>,
  components: readonly Component[],
  versions: Readonly<Record<string, string>>,
): ImportFile {
  const inState = new Map(known.map((resource) => [resource.urn, resource]));
  const nameTable: Record<string, string> = {};
  const resources: ImportResource[] = [];
  const labels = new Map<string, string>();
  /** The name of a parent in the file; undefined: the stack itself, which is everybody's. */
  const labelOf = (urn: string | undefined): string | undefined => {
    if (urn === undefined || splitUrn(urn).type === 'pulumi:pulumi:Stack') return undefined;
    const label = labels.get(urn) ?? `parent-${labels.size + 1}`;
    if (labels.has(urn)) return label;
    labels.set(urn, label);
    if (inState.has(urn)) nameTable[label] = urn;
    else {
      const { type, name } = splitUrn(urn);
      const parent = labelOf(components.find((component) => component.urn === urn)?.parent);
      resources.push({
        type,
        name: label,
        logicalName: name,
        component: true,
        ...(parent === undefined ? {} : { parent }),
      });
    }
    return label;
  };
  for (const [index, { urn, parent: parentUrn, id }] of adoptions.entries()) {
    const { type, name } = splitUrn(urn);
    const [pkg = ''] = type.split(':');
    const parent = labelOf(parentUrn);
    const provider = known.find((resource) => resource.type === `pulumi:providers:${pkg}`);
    if (provider !== undefined) nameTable[`provider-${pkg}`] = provider.urn;
    resources.push({
      type,
      name: `adopted-${index + 1}`,
      logicalName: name,
      id,
      ...(parent === undefined ? {} : { parent }),
      ...(provider === undefined ? { version: versions[pkg] ?? '' } : { provider: `provider-${pkg}` }),
    });
  }
  return { resources, nameTable };
}
