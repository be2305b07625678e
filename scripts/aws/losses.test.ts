import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../infra/settings/parse.ts';
import { existingDatabase, existingVpc } from '../../infra/testing/existing.ts';
import type { Change } from '../pulumi/engine-events.ts';
import { databaseSwitch, lossesOf } from './losses.ts';

const change = (type: string, op: string, name = 'it'): Change => ({
  urn: `urn:pulumi:prod::nest-fargate::${type}::${name}`,
  type,
  op,
  subject: `${type} ${name}`,
  properties: [],
  custom: true,
});

const logGroup = 'aws:cloudwatch/logGroup:LogGroup';
const secret = 'aws:secretsmanager/secret:Secret';

describe('another database', () => {
  const stateOf = (databaseInstance?: string) => ({
    resources: [
      {
        urn: 'urn',
        type: 'pulumi:pulumi:Stack',
        protect: false,
        outputs: { ...(databaseInstance && { databaseInstance }) },
      },
    ],
  });
  const settings = (identifier?: string) =>
    parseSettings(
      {
        'aws:region': 'eu-central-1',
        ...(identifier === undefined
          ? {}
          : {
              ...existingVpc,
              ...existingDatabase,
              existingDatabaseIdentifier: identifier,
            }),
      },
      'prod',
    );

  it.each([
    ['its own to an existing one', 'nest-fargate-prod', 'shared'],
    ['an existing one to its own', 'shared', undefined],
    ['one existing to another', 'shared', 'other'],
  ])('is a loss of the data of the database: from %s', (_name, now, identifier) => {
    expect(databaseSwitch('prod', settings(identifier), stateOf(now))).toEqual([
      {
        name: 'database',
        change: `the app would move from ${now} to ${identifier ?? 'nest-fargate-prod'}, and its data would not`,
      },
    ]);
  });

  it.each([
    ['the same', 'shared', 'shared'],
    ['its own still', 'nest-fargate-prod', undefined],
    ['what an earlier program did not tell', undefined, undefined],
  ])('is none where it is %s', (_name, now, identifier) => {
    expect(databaseSwitch('prod', settings(identifier), stateOf(now))).toEqual([]);
  });
});

describe('lossesOf', () => {
  it('names what holds data and is replaced or deleted', () => {
    const losses = lossesOf([
      change('aws:rds/instance:Instance', 'replace', 'database'),
      change('aws:s3/bucket:Bucket', 'delete', 'edge-logs'),
      change('aws:kms/key:Key', 'delete', 'encryption'),
      change('aws:elasticache/replicationGroup:ReplicationGroup', 'delete', 'valkey'),
      change(secret, 'replace', 'auth-secrets'),
      change(logGroup, 'replace', 'api'),
    ]);
    expect(losses.map(({ name }) => name)).toEqual([
      'database',
      'edge-logs',
      'encryption',
      'valkey',
      'auth-secrets',
      'api',
    ]);
    expect(losses[0]?.change).toBe('± aws:rds/instance:Instance database');
  });

  it('lets pass what is changed in place, what holds nothing, and the steps of a replacement already named', () => {
    const changes = [
      change('aws:rds/instance:Instance', 'update'),
      change('aws:ecs/service:Service', 'replace'),
      change('aws:rds/instance:Instance', 'create-replacement'),
      change('aws:rds/instance:Instance', 'delete-replaced'),
    ];
    expect(lossesOf(changes)).toEqual([]);
  });

  it.each([
    ['worker: off', [change('aws:ecs/service:Service', 'delete', 'worker'), change(logGroup, 'delete', 'worker')]],
    ['flowLogs: off', [change('aws:ec2/flowLog:FlowLog', 'delete'), change(logGroup, 'delete', 'network-flows')]],
    ['databaseAuthentication: iam', [change(secret, 'delete', 'app-password')]],
  ])('lets %s pass: it turns a feature off', (_, changes) => {
    expect(lossesOf(changes)).toEqual([]);
  });

  it('takes a log group or a secret under another name for a loss', () => {
    const renamed = [change(logGroup, 'delete', 'api'), change(logGroup, 'create', 'http')];
    expect(lossesOf(renamed).map(({ name }) => name)).toEqual(['api']);
  });
});
