import { describe, expect, it } from 'vitest';
import { deriveNaming, type NamedThing, nameLimits, physicalName } from './naming.ts';

const staging = deriveNaming({ environment: 'staging' });
const longest = deriveNaming({ environment: 'a'.repeat(20) });

describe('physicalName', () => {
  it('is project, environment and role', () => {
    expect(physicalName(staging, 'api')).toBe('nest-fargate-staging-api');
    expect(physicalName(staging, '')).toBe('nest-fargate-staging');
  });

  it.each(Object.keys(nameLimits) as NamedThing[])('keeps the limit of a %s at every length', (thing) => {
    for (let length = 0; length <= 140; length++) {
      const name = physicalName(longest, 'r'.repeat(length), thing);

      expect(name.length).toBeLessThanOrEqual(nameLimits[thing]);
      expect(name).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$/);
    }
  });

  it('tells apart two names that are cut at the same place', () => {
    const one = physicalName(longest, 'a-very-long-role-1', 'loadBalancer');
    const other = physicalName(longest, 'a-very-long-role-2', 'loadBalancer');

    expect(one).not.toBe(other);
  });

  it('is the same each time', () => {
    expect(physicalName(longest, 'a-very-long-role', 'loadBalancer')).toBe('nest-fargate-aaaaaaaaaa-f5790144');
  });
});

describe('tags', () => {
  it('say whose it is', () => {
    expect(staging.tags).toEqual({ Project: 'nest-fargate', Environment: 'staging', ManagedBy: 'pulumi' });
  });
});
