import { describe, expect, it } from 'vitest';
import type { Change } from '../pulumi/engine-events.ts';
import { lossesOf } from './losses.ts';

const change = (type: string, op: string): Change => ({
  urn: `urn:pulumi:prod::nest-fargate::${type}::it`,
  type,
  op,
  subject: `${type} it`,
  properties: [],
  custom: true,
});

describe('lossesOf', () => {
  it('names what holds data and is replaced or deleted', () => {
    const losses = lossesOf([
      change('aws:rds/instance:Instance', 'replace'),
      change('aws:s3/bucket:Bucket', 'delete'),
      change('aws:kms/key:Key', 'delete'),
    ]);
    expect(losses).toHaveLength(3);
    expect(losses[0]).toContain('aws:rds/instance:Instance it');
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
});
