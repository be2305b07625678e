import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namesOf } from '../names.ts';
import { startWireServer } from '../testing/wire-server.ts';
import { execInTask } from './exec.ts';

const names = namesOf('prod');
const arn = (id: string) => `arn:aws:ecs:eu-central-1:123456789012:task/nest-fargate-prod/${id}`;

/** A folder for the PATH, with a plugin of that version in it. */
function pathWith(version: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
  if (version === null) return folder;
  const file = join(folder, 'session-manager-plugin');
  writeFileSync(file, `#!/bin/sh\necho ${version}\n`);
  chmodSync(file, 0o755);
  return folder;
}

function task(id: string, changes: object = {}) {
  return {
    taskArn: arn(id),
    lastStatus: 'RUNNING',
    healthStatus: 'HEALTHY',
    enableExecuteCommand: true,
    startedAt: 1,
    containers: [
      {
        name: 'api',
        runtimeId: `${id}-runtime`,
        managedAgents: [{ name: 'ExecuteCommandAgent', lastStatus: 'RUNNING' }],
      },
    ],
    ...changes,
  };
}

async function exec(tasks: readonly object[], { plugin = '1.2.707.0' as string | null, program = ['sh'] } = {}) {
  const asked: unknown[] = [];
  await using aws = await startWireServer({
    DescribeClusters: () => ({ body: { clusters: [{ status: 'ACTIVE' }] } }),
    ListServices: () => ({ body: { serviceArns: ['arn:api'] } }),
    DescribeServices: () => ({ body: { services: [{ serviceName: 'nest-fargate-prod-api', status: 'ACTIVE' }] } }),
    ListTasks: () => ({ body: { taskArns: tasks.map((_, index) => `arn:${index}`) } }),
    DescribeTasks: () => ({ body: { tasks } }),
    ExecuteCommand: (input) => {
      asked.push(input);
      return { body: { session: { sessionId: 'ecs-1', streamUrl: 'wss://x', tokenValue: 'the-token' } } };
    },
  });
  const context = { clients: aws.clients, names, variables: { PATH: pathWith(plugin) } };
  const invocation = await execInTask(context, { program, interactive: true });
  return { invocation, asked };
}

describe('a program in a task', () => {
  test('is started by ECS, and connected to through the plugin, with no token in its arguments', async () => {
    const { invocation, asked } = await exec([task('1111', { healthStatus: 'UNHEALTHY' }), task('2222')], {
      program: ['sh', '-c', "echo 'it' is"],
    });

    expect(asked).toMatchObject([
      { task: arn('2222'), container: 'api', command: `sh -c 'echo '\\''it'\\'' is'`, interactive: true },
    ]);
    expect(invocation.args).toEqual([
      'AWS_SSM_START_SESSION_RESPONSE',
      'eu-central-1',
      'StartSession',
      '',
      '{"Target":"ecs:nest-fargate-prod_2222_2222-runtime"}',
      'https://ssm.eu-central-1.amazonaws.com',
    ]);
    expect(invocation.args.join(' ')).not.toContain('the-token');
    expect(JSON.parse(invocation.variables['AWS_SSM_START_SESSION_RESPONSE'] ?? '')).toEqual({
      SessionId: 'ecs-1',
      StreamUrl: 'wss://x',
      TokenValue: 'the-token',
    });
    expect(invocation.reportsExitCode).toBe(false);
  });

  test.each([
    ['without ECS Exec', [task('1111', { enableExecuteCommand: false })], {}, 'EXEC_OFF'],
    ['whose agent is down', [task('1111', { containers: [{ name: 'api', runtimeId: 'x' }] })], {}, 'EXEC_AGENT_DOWN'],
    ['that is not there', [], {}, 'NOTHING_RUNS'],
    ['from a machine without the plugin', [task('1111')], { plugin: null }, 'SESSION_PLUGIN_MISSING'],
    ['from a machine with an old plugin', [task('1111')], { plugin: '1.2.463.0' }, 'SESSION_PLUGIN_OLD'],
  ])('%s is refused before a session is opened', async (_, tasks, options, code) => {
    await expect(exec(tasks, options)).rejects.toMatchObject({ code });
  });
});
