import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../infra/graph/record.ts';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { neededBases } from '../apply/prepare.ts';
import { exampleFacts } from '../testing/example-facts.ts';
import { parseProgram } from './program.ts';
import { renderStacks } from './stacks.ts';
import { unrealised } from './unrealised.ts';

const queueType = 'aws:sqs/queue:Queue';
const withJobs = () => graphOf('staging', { appDirectory: 'scripts/testing/jobs-app' });

async function changed(type: string, name: string, inputs: Readonly<Record<string, unknown>>): Promise<Graph> {
  const graph = await withJobs();
  const resources = graph.resources.map((resource) =>
    resource.type === type && resource.name === name
      ? { ...resource, inputs: { ...resource.inputs, ...inputs } }
      : resource,
  );
  return { ...graph, resources };
}

function render(graph: Graph, script = 'script') {
  return renderStacks(parseProgram(graph), { ...exampleFacts, emulator: { image: 'sha256:eeee', script } });
}

describe('an app’s own buckets and queues on target local', () => {
  it('have the names of the program, and the same one in each evaluation where AWS draws one', async () => {
    const { emulator } = parseProgram(await withJobs());
    const [bucket] = emulator?.buckets ?? [];

    expect(bucket).toEqual({
      name: expect.stringMatching(/^nest-fargate-staging-files-[0-9a-f]{7}$/),
      versioning: 'Enabled',
    });
    expect(parseProgram(await withJobs()).emulator?.buckets).toEqual([bucket]);
    expect(emulator?.queues.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^nest-fargate-staging-failed-[0-9a-f]{7}$/),
      'nest-fargate-staging-jobs',
    ]);
  });

  it('know each other: a queue sends what fails to the other one', async () => {
    const { emulator } = parseProgram(await withJobs());
    const [failed, jobs] = emulator?.queues ?? [];

    expect(jobs?.attributes).toMatchObject({ VisibilityTimeout: '1', DelaySeconds: '0' });
    expect(JSON.parse(jobs?.attributes['RedrivePolicy'] ?? '')).toEqual({
      deadLetterTargetArn: `arn:aws:sqs:eu-central-1:000000000000:${failed?.name}`,
      maxReceiveCount: 1,
    });
  });

  it('keep the ending that a FIFO queue needs', async () => {
    const { emulator } = parseProgram(await changed(queueType, 'failed-jobs', { fifoQueue: true }));

    expect(emulator?.queues[0]).toMatchObject({
      name: expect.stringMatching(/\.fifo$/),
      attributes: { FifoQueue: 'true' },
    });
  });

  it('take the redrive policy of a resource beside the queue', async () => {
    const graph = await changed(queueType, 'jobs', { redrivePolicy: undefined });
    const jobs = graph.resources.find(({ type, name }) => type === queueType && name === 'jobs');
    const beside = {
      ...jobs,
      type: 'aws:sqs/redrivePolicy:RedrivePolicy',
      inputs: { queueUrl: `@{${queueType}::jobs::url}`, redrivePolicy: '{"maxReceiveCount":5}' },
    } as Graph['resources'][number];
    const { emulator } = parseProgram({ ...graph, resources: [...graph.resources, beside] });

    expect(emulator?.queues[1]?.attributes['RedrivePolicy']).toBe('{"maxReceiveCount":5}');
  });

  it('reach the app by its own variables, and the SDK by its standard ones', async () => {
    const environment = render(await withJobs()).services.services['api']?.environment;

    expect(environment).toMatchObject({
      FILES_BUCKET: expect.stringMatching(/^nest-fargate-staging-files-/),
      JOBS_QUEUE: 'http://ministack:4566/000000000000/nest-fargate-staging-jobs',
      AWS_ENDPOINT_URL_S3: 'http://ministack:4566',
      AWS_ENDPOINT_URL_SQS: 'http://ministack:4566',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
    });
    expect(environment).not.toHaveProperty('TOPIC');
  });

  it('replace no variable of the app', async () => {
    const graph = await withJobs();
    const own = { name: 'AWS_REGION', value: 'eu-west-1' };
    const resources = graph.resources.map((resource) => {
      if (resource.type !== 'aws:ecs/taskDefinition:TaskDefinition') return resource;
      const containers = JSON.parse(String(resource.inputs['containerDefinitions']));
      for (const container of containers) container.environment.push(own);
      return { ...resource, inputs: { ...resource.inputs, containerDefinitions: JSON.stringify(containers) } };
    });
    const environment = render({ ...graph, resources }).services.services['api']?.environment;

    expect(environment).toMatchObject({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-central-1' });
  });

  it('are hosts on the network of the environment, which publishes no port', async () => {
    const { data, names } = render(await withJobs());
    const service = data?.services['ministack'];
    const [network] = Object.values(service?.networks ?? {});

    expect(network?.aliases).toEqual([
      'ministack',
      expect.stringMatching(/^nest-fargate-staging-files-.*\.ministack$/),
    ]);
    expect(service).not.toHaveProperty('ports');
    expect(data?.volumes).toMatchObject({ emulator: { external: true, name: names.emulatorVolume } });
  });

  it('restart the emulator when they or its script change, and with nothing else', async () => {
    const rendered = (graph: Graph, script?: string) =>
      render(graph, script).data?.services['ministack']?.deploy.labels['stack.rendered'];
    const before = rendered(await withJobs());

    expect(rendered(await withJobs())).toBe(before);
    expect(rendered(await changed(queueType, 'jobs', { visibilityTimeoutSeconds: 7 }))).not.toBe(before);
    expect(rendered(await withJobs(), 'another script')).not.toBe(before);
  });

  it('are said to be emulated, with what has no effect and what is left out', async () => {
    const lines = unrealised(await withJobs(), undefined);

    expect(lines).toEqual(
      expect.arrayContaining([
        'S3 and SQS themselves: MiniStack stands in for files (aws:s3/bucket:Bucket), files (aws:s3/bucketVersioning:BucketVersioning), failed-jobs (aws:sqs/queue:Queue), jobs (aws:sqs/queue:Queue), and enforces no permission',
        'settings of these without effect here: files (aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock), files (aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration), kmsMasterKeyId of jobs (aws:sqs/queue:Queue)',
        'the app’s own resources: news (aws:sns/topic:Topic)',
        'variables that need them, which are not set: TOPIC of api',
      ]),
    );
  });

  it('refuse a name that depends on what is not here', async () => {
    const graph = await changed('aws:s3/bucket:Bucket', 'files', { bucket: 'x-@{aws:sns/topic:Topic::news::name}' });

    expect(() => parseProgram(graph)).toThrow('which the local target does not understand');
  });

  it('are left out where the setting says so', async () => {
    const graph = { ...(await withJobs()), emulates: false };
    const environment = render(graph).services.services['api']?.environment ?? {};

    expect(parseProgram(graph)).not.toHaveProperty('emulator');
    expect(Object.keys(environment).filter((name) => /AWS|QUEUE|BUCKET/.test(name))).toEqual([]);
    expect(unrealised(graph, undefined).join()).toContain('FILES_BUCKET of api');
  });

  it('start nothing where an app has none', async () => {
    const program = parseProgram(await graphOf('staging'));

    expect(program).not.toHaveProperty('emulator');
    expect(neededBases(program)).not.toContain('ministack');
    expect(renderStacks(program, exampleFacts).data?.services).not.toHaveProperty('ministack');
  });
});
