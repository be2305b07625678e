import type { NamedRule } from './rule.ts';

const type = 'aws:rds/instance:Instance';

export const publicDatabase: NamedRule = {
  name: 'public-database',
  description: 'Databases are reached from inside the VPC only.',
  check: (subject) =>
    subject.type === type && subject.inputs['publiclyAccessible'] === true
      ? ['The database can be reached from the internet: set publiclyAccessible to false.']
      : [],
};

export const databaseWithoutBackups: NamedRule = {
  name: 'database-without-backups',
  description: 'Databases are backed up; the one of prod refuses to be deleted and leaves a snapshot.',
  check: ({ type: of, inputs, environment }) => {
    if (of !== type) return [];
    const { backupRetentionPeriod, deletionProtection, skipFinalSnapshot } = inputs;
    const isProd = environment === 'prod';
    return [
      ...(backupRetentionPeriod === undefined || backupRetentionPeriod === 0 ? ['The database has no backups.'] : []),
      ...(isProd && deletionProtection !== true
        ? ['The database of prod can be deleted: set deletionProtection.']
        : []),
      ...(isProd && skipFinalSnapshot === true ? ['The database of prod leaves no snapshot when it is deleted.'] : []),
    ];
  },
};
