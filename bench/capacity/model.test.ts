import { describe, expect, it } from 'vitest';
import { maxConnections } from '../../infra/catalog/rds-instance-classes.ts';
import type { Costs } from './measure.ts';
import { capacityFor, largestLoad, loads, zones } from './model.ts';

const costs: Costs = { apiCpu: 1, databaseCpu: 0.3, valkeyCpu: 0.03, bytes: 4000, heldSeconds: 0.004 };

describe('the capacity for a load', () => {
  it('has a task in each zone, and carries the peak on those that a lost zone leaves', () => {
    expect(capacityFor(10, costs).tasks).toBe(zones);
    const { tasks } = capacityFor(1000, costs);
    // 1 vCPU of work: 1.67 at 60 % of all, 2.22 at 90 % of one zone's half.
    expect(tasks).toBe(3);
    expect((tasks / zones) * 0.9).toBeGreaterThanOrEqual(1);
  });

  it.each(loads)('at %i/s has a database for its CPU and its connections, or says which is at its end', (load) => {
    const { instanceClass, connections, limit } = capacityFor(load, costs);
    if (instanceClass === undefined) expect(limit).toMatch(/^database /);
    else expect(maxConnections(instanceClass)).toBeGreaterThanOrEqual(connections);
  });

  it('gives a burstable class no more than its baseline', () => {
    // 0.3 vCPUs: two of 10 % are less, two of 20 % are enough.
    expect(capacityFor(1000, costs).instanceClass).toBe('db.t4g.small');
  });

  it('names the first thing that is at its end', () => {
    expect(capacityFor(100_000, costs).limit).toBe('database CPU');
    expect(capacityFor(100_000, { ...costs, databaseCpu: 0.001 }).limit).toBe('Valkey');
    expect(capacityFor(100_000, { ...costs, databaseCpu: 0.001, heldSeconds: 0.1 }).limit).toBe('database connections');
    const cheap = { ...costs, databaseCpu: 0.001, valkeyCpu: 0.001, apiCpu: 5, heldSeconds: 0.0001 };
    expect(capacityFor(100_000, cheap).limit).toBe('targets of a load balancer');
  });

  it('ends where the largest database does', () => {
    const readsOnly = { ...costs, valkeyCpu: 0 };
    const end = largestLoad(readsOnly);
    expect(capacityFor(end * 0.95, readsOnly).limit).toBeUndefined();
    expect(capacityFor(end * 1.05, readsOnly).limit).toBe('database CPU');
  });
});
