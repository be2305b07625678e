import { describe, expect, it } from 'vitest';
import { exampleFacts } from '../testing/example-facts.ts';
import { exampleContainer, exampleGraph } from '../testing/example-graph.ts';
import { parseProgram } from './program.ts';
import { renderStacks } from './stacks.ts';
import { unrealised } from './unrealised.ts';

const definition = (name: string) => ({
  type: 'aws:ecs/taskDefinition:TaskDefinition',
  name,
  inputs: {
    cpu: '256',
    memory: '512',
    containerDefinitions: JSON.stringify([exampleContainer({ name, healthCheck: undefined, command: ['node', name] })]),
  },
});

function graphWith(expression: string) {
  const graph = exampleGraph();
  const schedule = {
    type: 'aws:scheduler/schedule:Schedule',
    name: 'nightly',
    inputs: {
      scheduleExpression: expression,
      scheduleExpressionTimezone: 'Europe/Berlin',
      target: { ecsParameters: { taskDefinitionArn: '@{aws:ecs/taskDefinition:TaskDefinition::nightly::arn}' } },
    },
  };
  return { ...graph, resources: [...graph.resources, definition('nightly'), definition('import'), schedule] };
}

describe('processes that run to their end', () => {
  it('are those of schedules, and task definitions that nothing starts', () => {
    const { jobs, services, secrets } = parseProgram(graphWith('cron(30 3 ? * MON-FRI *)'));

    expect(jobs).toMatchObject([
      { name: 'nightly', schedule: { cron: '30 3 * * MON-FRI', timeZone: 'Europe/Berlin' } },
      { name: 'import' },
    ]);
    expect(jobs[1]).not.toHaveProperty('schedule');
    expect(services.map(({ name }) => name)).toEqual(['api']);
    expect(secrets.map(({ name }) => name)).toContain('database-password');
  });

  it('become containers of the release, under names that another release does not have', () => {
    const program = parseProgram(graphWith('cron(0 0 1 * ? *)'));
    const { jobs } = renderStacks(program, exampleFacts);
    const next = renderStacks(program, {
      ...exampleFacts,
      release: { ...exampleFacts.release, digest: 'sha256:other' },
    });

    expect(jobs.map(({ container }) => container.command)).toEqual([
      ['node', 'nightly'],
      ['node', 'import'],
    ]);
    expect(jobs[0]?.schedule?.cron).toBe('0 0 1 * *');
    expect(jobs[0]?.labels).toMatchObject({
      'stack.service': 'nightly',
      'stack.release': exampleFacts.release.version,
    });
    expect(jobs[0]?.containerName).toMatch(/-nightly-[0-9a-f]{8}$/);
    expect(next.jobs[0]?.containerName).not.toBe(jobs[0]?.containerName);
  });

  it.each(['rate(5 minutes)', 'cron(0 3 * * ? 2030)', 'cron(0 3 ? * ? *)'])('refuse %s', (expression) => {
    expect(() => parseProgram(graphWith(expression))).toThrow('schedule nightly, scheduleExpression');
  });

  it('say how they differ from those on AWS', () => {
    const graph = graphWith('cron(0 3 * * ? *)');

    expect(unrealised(graph, undefined)).toContain(
      'two runs of a schedule at a time: a run that has not ended is not started again',
    );
  });
});
