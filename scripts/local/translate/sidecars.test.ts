import { expect, it } from 'vitest';

import { exampleContainer, exampleGraph } from '../testing/example-graph.ts';
import { parseProgram } from './program.ts';
import { unrealised } from './unrealised.ts';

const environment = [{ name: 'TRACES', value: 'http://127.0.0.1:4318' }];
const withCollector = exampleGraph({
  task: {
    containerDefinitions: JSON.stringify([
      exampleContainer({ environment }),
      { name: 'collector', image: 'collector@sha256:1', essential: false, memory: 128 },
    ]),
  },
});

it('is left out if a task works without it, and nothing is sent to it', () => {
  const [service] = parseProgram(withCollector).services;

  expect(service?.task.container.name).toBe('api');
  expect(service?.task.container.environment).toEqual([]);
});

it('is named among what this machine does not have', () => {
  const line = 'sidecar containers: collector';

  expect(unrealised(withCollector, undefined)).toContain(line);
  expect(unrealised(exampleGraph(), undefined).join()).not.toContain('sidecar containers');
});
