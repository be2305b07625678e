import { getInstance } from '@pulumi/aws/rds/getInstance.js';
import { instanceClasses, instanceMemoryMiB } from '../catalog/rds-instance-classes.ts';
import { type SettingProblem, SettingsError } from '../settings/problems.ts';
import type { ExistingDatabase, Settings } from '../settings/settings.ts';

/** Sizes by which an instance is watched. */
export interface InstanceSizes {
  readonly storageGiB: number;
  /** Absent where the catalog does not have the class. */
  readonly memoryMiB?: number;
}

/** What AWS says of an instance. Without an engine nobody is asked, and nothing is known. */
interface FoundInstance {
  readonly engine?: string;
  readonly engineVersion?: string;
  readonly port?: number;
  readonly dbInstanceClass?: string;
  readonly allocatedStorage?: number;
  readonly caCertIdentifier?: string;
  readonly vpcSecurityGroups?: readonly string[];
}

/**
 * Sizes of the instance. If it exists already, AWS is asked for them where an engine runs the program, and what it has is
 * compared with what the settings state, before anything is registered.
 *
 * @throws SettingsError that lists every difference
 */
export async function readInstanceSizes(settings: Settings): Promise<InstanceSizes> {
  const { environment, region, existing, database } = settings;
  const stated = { storageGiB: database.storageGiB, memoryMiB: instanceMemoryMiB(database.instanceClass) };
  if (existing.database === undefined) return stated;
  const { identifier } = existing.database;
  const found: FoundInstance = await getInstance({ dbInstanceIdentifier: identifier, region });
  const problems = problemsOf(settings, existing.database, found);
  if (problems.length > 0) throw new SettingsError(environment, problems);
  if (found.dbInstanceClass === undefined || found.allocatedStorage === undefined) return stated;
  const known = instanceClasses.find((name) => name === found.dbInstanceClass);
  return {
    storageGiB: found.allocatedStorage,
    ...(known === undefined ? {} : { memoryMiB: instanceMemoryMiB(known) }),
  };
}

const port = 5432;

function problemsOf(
  { environment, database }: Settings,
  { identifier, securityGroupId }: ExistingDatabase,
  found: FoundInstance,
): readonly SettingProblem[] {
  const set = (key: string, value: string) => `pulumi config set ${key} ${value} --stack ${environment}`;
  const unfit = (is: string, rule: string): SettingProblem => ({
    keys: ['existingDatabaseIdentifier'],
    found: `is ${JSON.stringify(identifier)}, ${is}`,
    rule,
    remedy: 'List them: aws rds describe-db-instances',
  });
  const { engine, engineVersion, dbInstanceClass, caCertIdentifier, vpcSecurityGroups: groups } = found;
  const major = engineVersion?.split('.')[0];
  const isKnown = instanceClasses.some((name) => name === dbInstanceClass);
  return [
    ...(engine !== undefined && engine !== 'postgres'
      ? [unfit(`whose engine is ${engine}`, 'an instance of RDS for PostgreSQL')]
      : []),
    ...(found.port !== undefined && found.port !== port
      ? [unfit(`which listens on port ${found.port}`, `an instance on port ${port}`)]
      : []),
    ...(caCertIdentifier !== undefined && !caCertIdentifier.startsWith('rds-ca-')
      ? [
          unfit(
            `whose certificate authority is ${caCertIdentifier}`,
            'an instance with an authority of RDS: the app verifies its certificate by those',
          ),
        ]
      : []),
    ...(major !== undefined && major !== database.engineVersion.split('.')[0]
      ? [
          {
            keys: ['databaseEngineVersion'],
            found: `is ${JSON.stringify(database.engineVersion)}, and ${identifier} runs ${engineVersion}`,
            rule: 'the major version of the existing instance',
            remedy: ['16', '17'].includes(major)
              ? set('databaseEngineVersion', major)
              : 'Use an instance of PostgreSQL 16 or 17.',
          },
        ]
      : []),
    ...(isKnown && dbInstanceClass !== database.instanceClass
      ? [
          {
            keys: ['databaseInstanceClass'],
            found: `is ${JSON.stringify(database.instanceClass)}, and ${identifier} is a ${dbInstanceClass}`,
            rule: 'the class of the existing instance',
            remedy: set('databaseInstanceClass', dbInstanceClass ?? ''),
          },
        ]
      : []),
    ...(groups !== undefined && !groups.includes(securityGroupId)
      ? [
          {
            keys: ['existingDatabaseSecurityGroupId'],
            found: `is ${JSON.stringify(securityGroupId)}, and ${identifier} has ${groups.join(', ') || 'none'}`,
            rule: 'a security group of the existing instance',
            remedy:
              groups[0] === undefined
                ? 'Give the instance a security group.'
                : set('existingDatabaseSecurityGroupId', groups[0]),
          },
        ]
      : []),
  ];
}
