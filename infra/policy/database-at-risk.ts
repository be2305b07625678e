import type { NamedRule } from './rule.ts';

const type = 'aws:rds/instance:Instance';

export const publicDatabase: NamedRule = {
  name: 'public-database',
  description: 'Databases are private to the VPC.',
  check: (subject) =>
    subject.type === type && subject.inputs['publiclyAccessible'] === true
      ? ['The database is reachable from the internet: set publiclyAccessible to false.']
      : [],
};

export const databaseWithoutBackups: NamedRule = {
  name: 'database-without-backups',
  description: 'Databases have backups.',
  check: ({ type: of, inputs: { backupRetentionPeriod } }) =>
    of === type && (backupRetentionPeriod === undefined || backupRetentionPeriod === 0)
      ? ['The database has no backups: set backupRetentionPeriod.']
      : [],
};
