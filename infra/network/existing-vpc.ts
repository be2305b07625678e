import { getSubnet } from '@pulumi/aws/ec2/getSubnet.js';
import { getVpc } from '@pulumi/aws/ec2/getVpc.js';
import { type SettingProblem, SettingsError } from '../settings/problems.ts';
import type { ExistingVpc, Settings } from '../settings/settings.ts';

type SubnetKey = 'existingPublicSubnetIds' | 'existingPrivateSubnetIds' | 'existingDatabaseSubnetIds';

/** What AWS says of a subnet. Without an engine nobody is asked, and nothing is known. */
interface FoundSubnet {
  readonly id: string;
  readonly vpcId?: string | undefined;
  readonly availabilityZone?: string | undefined;
}

/**
 * Compares an existing VPC with what the stack needs of it, before anything is registered. Asks AWS where an engine runs the
 * program.
 *
 * @throws SettingsError that lists every difference
 */
export async function checkExistingVpc({ environment, region, existing }: Settings): Promise<void> {
  const { vpc } = existing;
  if (vpc === undefined) return;
  const [found, ...subnets] = await Promise.all([
    getVpc({ id: vpc.id, region }),
    ...subnetsOf(vpc).map(async ([key, ids]) => ({
      key,
      found: await Promise.all(ids.map((id) => getSubnet({ id, region }))),
    })),
  ]);
  const problems = [
    ...nameProblems(vpc, found),
    ...subnets.flatMap(({ key, found: each }) => subnetProblems(vpc, key, each)),
  ];
  if (problems.length > 0) throw new SettingsError(environment, problems);
}

function subnetsOf(vpc: ExistingVpc): readonly (readonly [SubnetKey, readonly string[]])[] {
  return [
    ['existingPublicSubnetIds', vpc.publicSubnetIds],
    ['existingPrivateSubnetIds', vpc.privateSubnetIds],
    ['existingDatabaseSubnetIds', vpc.databaseSubnetIds],
  ];
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html: names of endpoints and databases resolve with both only. */
function nameProblems(
  { id }: ExistingVpc,
  found: { readonly enableDnsSupport?: boolean; readonly enableDnsHostnames?: boolean },
): readonly SettingProblem[] {
  const off = [
    ...(found.enableDnsSupport === false ? ['DNS resolution'] : []),
    ...(found.enableDnsHostnames === false ? ['DNS hostnames'] : []),
  ];
  if (off.length === 0) return [];
  return [
    {
      keys: ['existingVpcId'],
      found: `is ${JSON.stringify(id)}, which has no ${off.join(' and no ')}`,
      rule: 'a VPC with DNS resolution and DNS hostnames: tasks find the database and AWS by name',
      remedy: `Turn them on: aws ec2 modify-vpc-attribute --vpc-id ${id} --enable-dns-hostnames`,
    },
  ];
}

/** Pure. What is not known is no problem. */
export function subnetProblems(
  { id }: Pick<ExistingVpc, 'id'>,
  key: SubnetKey,
  found: readonly FoundSubnet[],
): readonly SettingProblem[] {
  const elsewhere = found.filter(({ vpcId }) => vpcId !== undefined && vpcId !== id);
  const zones = new Set(found.map(({ availabilityZone }) => availabilityZone));
  const [only] = zones;
  return [
    ...elsewhere.map((subnet) => ({
      keys: [key],
      found: `has ${subnet.id}, which is in ${subnet.vpcId}`,
      rule: `subnets of existingVpcId (${id})`,
      remedy: `List them: aws ec2 describe-subnets --filters Name=vpc-id,Values=${id}`,
    })),
    ...(found.length > 0 && zones.size === 1 && only !== undefined
      ? [
          {
            keys: [key],
            found: `has subnets of ${only} only`,
            rule: 'subnets in two or more Availability Zones: a load balancer and a database need two, and tasks outlive the loss of one',
            remedy: `List them: aws ec2 describe-subnets --filters Name=vpc-id,Values=${id}`,
          },
        ]
      : []),
  ];
}
