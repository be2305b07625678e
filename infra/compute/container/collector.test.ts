import { describe, expect, it } from 'vitest';
import { rules } from '../../policy/rules.ts';
import { containerOf, find } from '../../testing/find.ts';
import { graphOf } from '../../testing/graph-of.ts';

const collectorImage = `public.ecr.aws/aws-observability/aws-otel-collector@sha256:${'1'.repeat(64)}`;
const taskType = 'aws:ecs/taskDefinition:TaskDefinition';
const traced = () => graphOf('staging', { collectorImage, collectorMemoryMiB: '100' });
const containersOf = async (task: string) =>
  JSON.parse(String(find(await traced(), taskType, task).inputs['containerDefinitions']));

describe('the collector of traces', () => {
  it.each(['api', 'worker'])('is next to %s, which keeps running without it', async (task) => {
    const [app, collector, ...others] = await containersOf(task);

    expect(others).toEqual([]);
    expect(app.environment).toContainEqual({ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://127.0.0.1:4318' });
    expect(collector).toMatchObject({ image: collectorImage, essential: false });
    expect(collector.environment[0].value).toContain('endpoint: 127.0.0.1:4318');
  });

  it('has its memory from the app’s container, whose heap follows', async () => {
    const [app, collector] = await containersOf('api');

    expect([app.memory, collector.memory]).toEqual([412, 100]);
    expect(app.environment).toContainEqual({
      name: 'NODE_OPTIONS',
      value: '--max-old-space-size=260 --max-semi-space-size=8',
    });
  });

  it('is not beside the migration', async () => {
    expect(await containersOf('migrate')).toHaveLength(1);
  });

  it('may send traces, and nothing else', async () => {
    const { inputs } = find(await traced(), 'aws:iam/rolePolicy:RolePolicy', 'api-task-traces');

    expect(JSON.parse(String(inputs['policy'])).Statement).toEqual([
      {
        Sid: 'SendTraces',
        Effect: 'Allow',
        Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
        Resource: '*',
      },
    ]);
  });

  it('breaks no rule of the policy pack', async () => {
    const { resources } = await traced();
    const found = resources.flatMap(({ type, name, inputs }) =>
      rules.flatMap((rule) => rule.check({ type, name, inputs })),
    );

    expect(found).toEqual([]);
  });

  it('is there only where an image is named', async () => {
    const graph = await graphOf();

    expect(JSON.stringify(containerOf(graph, 'api'))).not.toContain('OTEL_');
    expect(String(find(graph, taskType, 'api').inputs['containerDefinitions'])).not.toContain('collector');
  });
});
