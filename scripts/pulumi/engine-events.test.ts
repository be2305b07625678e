import type { EngineEvent } from '@pulumi/pulumi/automation/index.js';
import { describe, expect, test } from 'vitest';
import { EngineListener, renderChange, subjectOf } from './engine-events.ts';

const stack = 'urn:pulumi:prod::nest-fargate::pulumi:pulumi:Stack::nest-fargate-prod';
const api = 'urn:pulumi:prod::nest-fargate::stack:infra:Service::api';
const definition = 'urn:pulumi:prod::nest-fargate::stack:infra:Service$aws:ecs/taskDefinition:TaskDefinition::api';

describe('names of resources', () => {
  test.each([
    [definition, api, 'api › ecs/TaskDefinition api'],
    [api, stack, 'api'],
    [
      'urn:pulumi:prod::nest-fargate::stack:infra:Image$docker:index/image:Image::image',
      api,
      'api › docker/Image image',
    ],
    [
      'urn:pulumi:prod::nest-fargate::x$pulumi-nodejs:dynamic/stack:MigrationRun::migrate',
      undefined,
      'dynamic/MigrationRun migrate',
    ],
    ['urn:pulumi:prod::nest-fargate::awsx:ec2:Vpc::network', stack, 'awsx/Vpc network'],
  ])('%s', (urn, parent, subject) => {
    expect(subjectOf(urn, parent)).toBe(subject);
  });
});

function step(op: string, more: object = {}) {
  const state = { type: 'aws:ecs/taskDefinition:TaskDefinition', urn: definition, custom: true, parent: api };
  return { op, urn: definition, type: state.type, provider: '', logical: true, new: state, ...more };
}

function listen(events: readonly object[]) {
  const said: string[] = [];
  const listener = new EngineListener((line) => said.push(line));
  for (const event of events) listener.onEvent({ sequence: 0, timestamp: 0, ...event } as EngineEvent);
  return { said, listener };
}

describe('what an operation does', () => {
  test('a replacement is one change, carried out in two steps', () => {
    const { said, listener } = listen([
      { resourcePreEvent: { metadata: step('create-replacement', { logical: false }) } },
      { resOutputsEvent: { metadata: step('create-replacement', { logical: false }) } },
      { resourcePreEvent: { metadata: step('replace', { diffs: ['containerDefinitions'] }) } },
      { resOutputsEvent: { metadata: step('replace') } },
      { resourcePreEvent: { metadata: step('delete-replaced', { logical: false }) } },
      { resOutputsEvent: { metadata: step('delete-replaced', { logical: false }) } },
    ]);
    expect(listener.changes.map(renderChange)).toEqual(['± api › ecs/TaskDefinition api (containerDefinitions)']);
    expect(said).toEqual([
      'creating the replacement of api › ecs/TaskDefinition api',
      'created the replacement of api › ecs/TaskDefinition api',
      'deleting the replaced api › ecs/TaskDefinition api',
      'deleted the replaced api › ecs/TaskDefinition api',
    ]);
  });

  test('a preview says nothing while it looks', () => {
    const { said, listener } = listen([
      { resourcePreEvent: { planning: true, metadata: step('update', { diffs: ['cpu', 'memory'] }) } },
      { resOutputsEvent: { planning: true, metadata: step('update') } },
    ]);
    expect(listener.changes.map(renderChange)).toEqual(['~ api › ecs/TaskDefinition api (cpu, memory)']);
    expect(said).toEqual([]);
  });

  test('what stays, the stack and the providers are no changes', () => {
    const { listener } = listen([
      { resourcePreEvent: { metadata: step('same') } },
      { resourcePreEvent: { metadata: step('create', { type: 'pulumi:pulumi:Stack', urn: stack }) } },
      { resourcePreEvent: { metadata: step('update', { type: 'pulumi:providers:pulumi-nodejs' }) } },
    ]);
    expect(listener.changes).toEqual([]);
  });

  test('a refresh says what it found only at its end', () => {
    const { listener } = listen([
      { resourcePreEvent: { planning: true, metadata: step('refresh', { logical: false }) } },
      { resOutputsEvent: { planning: true, metadata: step('update', { logical: false, diffs: ['cpu'] }) } },
    ]);
    expect(listener.changes.map(renderChange)).toEqual(['~ api › ecs/TaskDefinition api (cpu)']);
  });

  test('what began and did not end is in flight', () => {
    const { listener } = listen([{ resourcePreEvent: { metadata: step('update') } }]);
    expect(listener.inFlight.map(({ op, subject }) => `${op} ${subject}`)).toEqual([
      'update api › ecs/TaskDefinition api',
    ]);
  });

  test('errors are kept, colours are not, chatter is passed on and debugging is not', () => {
    const { said, listener } = listen([
      {
        diagnosticEvent: {
          urn: definition,
          severity: 'error',
          message: '\u001b[31mno such role\u001b[0m\n',
          color: 'never',
        },
      },
      { diagnosticEvent: { urn: stack, severity: 'error', message: 'update failed', color: 'never' } },
      { diagnosticEvent: { severity: 'warning', message: 'it is old', color: 'never' } },
      { diagnosticEvent: { severity: 'info', message: 'step 1\nstep 2\n', color: 'never' } },
      { diagnosticEvent: { severity: 'debug', message: 'RPC', color: 'never' } },
      { policyEvent: { enforcementLevel: 'mandatory', policyName: 'no-public-database', message: 'it is public' } },
    ]);
    expect(listener.diagnostics).toEqual([
      { resource: 'ecs/TaskDefinition api', message: 'no such role' },
      { message: 'update failed' },
      { message: 'policy no-public-database: it is public' },
    ]);
    expect(said).toEqual(['warning: it is old', 'step 1', 'step 2']);
  });
});
