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
  description: 'Databases have backups. Those of prod also have deletion protection and a final snapshot.',
  check: ({ type: of, inputs, environment }) => {
    if (of !== type) return [];
    const { backupRetentionPeriod, deletionProtection, skipFinalSnapshot } = inputs;
    const isProd = environment === 'prod';
    return [
      ...(backupRetentionPeriod === undefined || backupRetentionPeriod === 0
        ? ['The database has no backups: set backupRetentionPeriod.']
        : []),
      ...(isProd && deletionProtection !== true
        ? ['The database of prod has no deletion protection: set deletionProtection.']
        : []),
      ...(isProd && skipFinalSnapshot === true
        ? ['The database of prod has no final snapshot: set skipFinalSnapshot to false.']
        : []),
    ];
  },
};
