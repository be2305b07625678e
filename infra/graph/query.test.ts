import { describe, expect, it } from 'vitest';
import {
  containersOf,
  fieldsOf,
  isReferenceTo,
  ofType,
  type ProgramGraph,
  referencesIn,
  replaceReferences,
  resourceOf,
} from './query.ts';
import { token } from './tokens.ts';

const address = token('aws:rds/instance:Instance', 'database', 'masterUserSecrets[0].secretArn');
const database = { type: 'aws:rds/instance:Instance', name: 'database', inputs: {} };
const task = {
  type: 'aws:ecs/taskDefinition:TaskDefinition',
  name: 'api',
  inputs: { containerDefinitions: JSON.stringify([{ name: 'api', image: address }]) },
};
const worker = { ...task, name: 'worker', inputs: { containerDefinitions: '{}' } };
const graph: ProgramGraph = { environment: 'staging', resources: [task, database, worker] };

describe('resources', () => {
  it('are found by their types, in the order of the graph', () => {
    expect(ofType(graph, database.type)).toEqual([database]);
    expect(ofType(graph, database.type, task.type)).toEqual([task, database, worker]);
    expect(ofType(graph, 'aws:rds/instance')).toEqual([]);
  });

  it('are found by type and logical name together', () => {
    expect(resourceOf(graph, worker)).toBe(worker);
    expect(resourceOf(graph, { type: task.type, name: 'database' })).toBeUndefined();
  });
});

describe('references', () => {
  const reference = { type: database.type, name: 'database', property: 'masterUserSecrets[0].secretArn' };

  it('are read as the recorder writes them, however deep, and inside of JSON texts', () => {
    expect(referencesIn(address)).toEqual([reference]);
    expect(referencesIn({ a: [{ b: `arn:${address}:password::` }] })).toEqual([reference]);
    expect(referencesIn(task.inputs)).toEqual([reference]);
    expect(referencesIn(undefined)).toEqual([]);
  });

  it('point at one resource', () => {
    expect(referencesIn(address).map(isReferenceTo(database))).toEqual([true]);
    expect(referencesIn(address).map(isReferenceTo(task))).toEqual([false]);
  });

  it('are replaced one by one, and what is around them stays', () => {
    const text = `${address}:password::${token('a:b:C', 'd', 'e')}`;
    expect(replaceReferences(text, ({ name }, whole) => (name === 'd' ? whole : 'here'))).toBe(
      'here:password::@{a:b:C::d::e}',
    );
  });
});

it('containers are those of a task definition alone', () => {
  expect(containersOf(task)).toEqual([{ name: 'api', image: address }]);
  expect(containersOf(worker)).toEqual([]);
  expect(containersOf({ ...task, type: database.type })).toEqual([]);
});

it('fields are those of an object alone', () => {
  expect(fieldsOf({ a: 1 })).toEqual({ a: 1 });
  expect([undefined, null, 'text', 3].map(fieldsOf)).toEqual([{}, {}, {}, {}]);
});
