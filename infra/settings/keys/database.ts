import { z } from 'zod';
import { instanceClasses } from '../../catalog/rds-instance-classes.ts';
import { dailyWindow, weeklyWindow } from '../windows.ts';
import { settingGroup } from './group.ts';
import { choice, flag, integer, optional, text } from './schema.ts';

export const database = settingGroup('Database', {
  database: {
    instanceClass: choice('databaseInstanceClass', instanceClasses, {
      description:
        'RDS instance class. Its memory determines max_connections, and with it the connection pool of each task.',
      default: 'db.t4g.micro',
      change: 'reboot',
    }),
    engineVersion: text('databaseEngineVersion', /^1[67](\.\d+)?$/, {
      description:
        'PostgreSQL version. Without a minor version, RDS chooses one and upgrades it in the maintenance window.',
      rule: 'PostgreSQL 16 or 17, with or without a minor version, such as 17 or 17.4',
      default: '17',
      change: 'minor',
    }),
    name: text('databaseName', /^[a-z][a-z0-9_]{0,62}$/, {
      description: 'Name of the database in the instance.',
      rule: 'up to 63 lowercase letters, digits and underscores, starting with a letter',
      default: 'app',
      change: 'replace',
    }),
    storageGiB: integer('databaseStorageGiB', {
      description: 'Initial storage. RDS can increase it but never reduce it.',
      unit: 'GiB',
      min: 20,
      max: 65_536,
      default: 20,
      change: 'in place',
      source: 'The minimum for gp3 storage on RDS for PostgreSQL is 20 GiB.',
    }),
    maxStorageGiB: integer('databaseMaxStorageGiB', {
      description: 'Upper limit of storage autoscaling.',
      unit: 'GiB',
      min: 22,
      max: 65_536,
      default: 100,
      change: 'in place',
    }),
    multiAz: flag('databaseMultiAz', {
      description: 'Runs a standby in another Availability Zone for failover. Doubles the price of the instance.',
      default: false,
      change: 'in place',
    }),
    backupRetentionDays: integer('databaseBackupRetentionDays', {
      description: 'Retention of automated backups: how far back point-in-time recovery reaches.',
      unit: 'days',
      min: 1,
      max: 35,
      default: 7,
      change: 'in place',
    }),
    finalSnapshot: flag('databaseFinalSnapshot', {
      description: 'Takes a final snapshot when the database is deleted.',
      default: true,
      change: 'none',
    }),
    maxConnections: optional(
      'databaseMaxConnections',
      z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(25).max(10_000)),
      {
        description:
          'Value of `max_connections` of the database. If not set, 80 per GiB of databaseInstanceClass, which RDS is then given. With existingDatabaseIdentifier it states what that database has.',
        rule: 'a whole number from 25 to 10000',
        example: '400',
        change: 'reboot',
        source: 'Each connection takes memory of the instance. RDS itself would allow about 112 per GiB.',
      },
    ),
    reservedConnections: integer('databaseReservedConnections', {
      description: 'Connections withheld from tasks: for superusers (3), RDS itself (2) and people.',
      unit: 'connections',
      min: 5,
      max: 100,
      default: 10,
      change: 'restart',
    }),
    poolSizeMax: integer('databasePoolSizeMax', {
      description:
        'Upper limit of the connection pool of a task. The actual size also depends on max_connections and the number of tasks.',
      unit: 'connections',
      min: 2,
      max: 100,
      default: 10,
      change: 'restart',
    }),
    authentication: choice('databaseAuthentication', ['password', 'iam'], {
      description:
        'How the app logs in to the database: with a `password` from Secrets Manager, or with `iam` tokens, which are valid for 15 minutes and stored nowhere.',
      default: 'password',
      change: 'restart',
      source:
        'AWS recommends IAM database authentication for fewer than 200 new connections per second; it uses memory of the instance. After a change back to `password` the instance still takes tokens, for tasks that are not replaced yet.',
    }),
    proxy: flag('databaseProxy', {
      description:
        'Puts RDS Proxy between the app and the database, so that connections survive a failover. Migrations connect to the database directly.',
      default: false,
      change: 'restart',
      source:
        'It does not reduce the number of connections: each one that node-postgres opens holds one to the database.',
    }),
    connectTimeoutMs: integer('databaseConnectTimeoutMs', {
      description: 'Connection timeout: how long a task waits for a database connection.',
      unit: 'ms',
      min: 100,
      max: 60_000,
      default: 5_000,
      change: 'restart',
    }),
    statementTimeoutMs: integer('databaseStatementTimeoutMs', {
      description: 'Statement timeout: the database cancels SQL statements that run longer.',
      unit: 'ms',
      min: 100,
      max: 600_000,
      default: 10_000,
      change: 'restart',
    }),
    slowStatementMs: integer('databaseSlowStatementMs', {
      description: 'SQL statements that run longer are logged with their text.',
      unit: 'ms',
      min: 10,
      max: 600_000,
      default: 1_000,
      change: 'in place',
    }),
    idleInTransactionTimeoutMs: integer('databaseIdleInTransactionTimeoutMs', {
      description: 'How long a transaction may stay idle, holding its locks, before the database ends the session.',
      unit: 'ms',
      min: 1_000,
      max: 3_600_000,
      default: 60_000,
      change: 'in place',
    }),
    backupWindow: text('databaseBackupWindow', dailyWindow, {
      description: 'Daily window for automated backups, in UTC.',
      rule: 'hh:mm-hh:mm, at least 30 minutes, not overlapping databaseMaintenanceWindow',
      default: '02:00-03:00',
      change: 'in place',
    }),
    maintenanceWindow: text('databaseMaintenanceWindow', weeklyWindow, {
      description: 'Weekly window in which RDS may patch and restart the database, in UTC.',
      rule: 'ddd:hh:mm-ddd:hh:mm, at least 30 minutes, not overlapping databaseBackupWindow',
      default: 'sun:03:30-sun:04:30',
      change: 'in place',
    }),
  },
});
