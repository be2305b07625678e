import { describe, expect, it } from 'vitest';
import { instanceClasses, maxConnections } from './rds-instance-classes.ts';

describe('maxConnections', () => {
  it.each([
    ['db.t4g.micro', 80],
    ['db.t4g.small', 160],
    ['db.m7g.large', 640],
    ['db.r7g.4xlarge', 5000],
  ] as const)('of %s is %i', (instanceClass, expected) => {
    expect(maxConnections(instanceClass)).toBe(expected);
  });

  it('stays below what RDS would choose from the nominal memory', () => {
    // LEAST(memory / 9531392, 5000): 112 a GiB.
    for (const instanceClass of instanceClasses) expect(maxConnections(instanceClass)).toBeLessThanOrEqual(5000);
    expect(maxConnections('db.t4g.micro')).toBeLessThan(1024 ** 3 / 9_531_392);
  });
});
