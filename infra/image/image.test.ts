import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { readReleaseSource } from '../release/work-tree.ts';
import { containerOf, find } from '../testing/find.ts';
import { graphOf, projectDirectory } from '../testing/graph-of.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const release = {
  version: '0.1.0-0123456789ab',
  image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/nest-fargate-staging@${digest}`,
  digest,
  commit: '398fc13',
  migrations: [{ name: '20261121T0900-create-todos', kind: 'expand' }],
};

describe('the registry', () => {
  it('keeps each tag what it was and scans what is pushed', async () => {
    expect(find(await graphOf(), 'aws:ecr/repository:Repository', 'image').inputs).toMatchObject({
      name: 'nest-fargate-staging',
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
    });
  });

  it('forgets images by their number, never by their age', async () => {
    const { inputs } = find(
      await graphOf('staging', { imageRetentionCount: '30' }),
      'aws:ecr/lifecyclePolicy:LifecyclePolicy',
      'image',
    );

    const count = { countType: 'imageCountMoreThan', countNumber: 30 };
    expect(JSON.parse(String(inputs['policy']))).toEqual({
      rules: [
        {
          rulePriority: 1,
          description: 'Keep the last 30 promoted images',
          selection: { tagStatus: 'tagged', tagPrefixList: ['keep-'], ...count },
          action: { type: 'expire' },
        },
        {
          rulePriority: 2,
          description: 'Keep the last 30 images',
          selection: { tagStatus: 'any', ...count },
          action: { type: 'expire' },
        },
      ],
    });
  });

  it.each([
    ['true', true],
    ['false', false],
  ])('with registryRetained %s outlives its environment: %s', async (registryRetained, expected) => {
    const graph = await graphOf('staging', { registryRetained });

    expect(find(graph, 'aws:ecr/repository:Repository', 'image').retainOnDelete ?? false).toBe(expected);
  });

  it('lets the accounts pull that the setting names, and no other', async () => {
    const policies = async (config: Record<string, string>) =>
      ofType(await graphOf('staging', config), 'aws:ecr/repositoryPolicy:RepositoryPolicy').map(({ inputs }) =>
        JSON.parse(String(inputs['policy'])),
      );

    expect(await policies({})).toEqual([]);
    const [policy] = await policies({ imagePullAccountIds: '123456789012,210987654321' });
    expect(policy.Statement).toEqual([
      {
        Sid: 'PullFromOtherAccounts',
        Effect: 'Allow',
        Principal: { AWS: ['arn:aws:iam::123456789012:root', 'arn:aws:iam::210987654321:root'] },
        Action: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:DescribeImages',
          'ecr:GetDownloadUrlForLayer',
        ],
      },
    ]);
  });

  it.each([
    ['true', false],
    ['false', true],
  ])('with deletionProtection %s is deleted with its images: %s', async (deletionProtection, forceDelete) => {
    const { inputs } = find(await graphOf('staging', { deletionProtection }), 'aws:ecr/repository:Repository', 'image');

    expect(inputs['forceDelete']).toBe(forceDelete);
  });
});

describe('an image that is built', () => {
  it('is the app in the work tree, by its version and commit', async () => {
    const source = readReleaseSource(projectDirectory, 'app', { tool: 'stack', folder: 'migrations' });
    const { inputs } = find(await graphOf(), 'docker:index/image:Image', 'image');

    expect(inputs).toMatchObject({
      buildOnPreview: false,
      build: {
        context: '.',
        dockerfile: './app/Dockerfile',
        builderVersion: 'BuilderBuildKit',
        platform: 'linux/amd64',
        args: { RELEASE_VERSION: source.version, RELEASE_COMMIT: source.commit },
      },
    });
    expect(inputs['imageName']).toMatch(
      new RegExp(`^@{aws:ecr/repository:Repository::image::repositoryUrl}:${source.version}-[0-9a-f]{8}$`),
    );
  });

  it('is referred to by its digest everywhere', async () => {
    const graph = await graphOf();
    const reference = '@{docker:index/image:Image::image::repoDigest}';

    for (const task of ['api', 'migrate']) {
      expect(containerOf(graph, task)).toMatchObject({ image: reference });
      expect(containerOf(graph, task)['environment']).toContainEqual({ name: 'RELEASE_IMAGE', value: reference });
    }
    expect(graph.outputs['release']).toMatchObject({ image: reference });
  });

  it('is another one for another processor, which the tasks then have', async () => {
    const [x86, arm] = [await graphOf(), await graphOf('staging', { cpuArchitecture: 'ARM64' })];
    const of = (graph: typeof x86) => find(graph, 'docker:index/image:Image', 'image').inputs;

    expect(of(arm)['build']).toMatchObject({ platform: 'linux/arm64' });
    expect(of(arm)['imageName']).not.toBe(of(x86)['imageName']);
    expect(find(arm, 'aws:ecs/taskDefinition:TaskDefinition', 'api').inputs['runtimePlatform']).toEqual({
      operatingSystemFamily: 'LINUX',
      cpuArchitecture: 'ARM64',
    });
  });

  it('can be built on another base', async () => {
    const nodeBaseImage = `registry.example.com/node@${digest}`;
    const { inputs } = find(await graphOf('staging', { nodeBaseImage }), 'docker:index/image:Image', 'image');

    expect(inputs['build']).toMatchObject({ args: { NODE_BASE_IMAGE: nodeBaseImage } });
  });

  it('is built on the base of the Dockerfile unless told otherwise', async () => {
    const { inputs } = find(await graphOf(), 'docker:index/image:Image', 'image');

    expect(Object.keys(Object(Object(inputs['build']).args))).toEqual(['RELEASE_COMMIT', 'RELEASE_VERSION']);
  });
});

describe('an image that is pinned', () => {
  const pinned = () => graphOf('prod', { release: JSON.stringify(release) });

  it('runs, and nothing is built', async () => {
    const graph = await pinned();

    expect(ofType(graph, 'docker:index/image:Image')).toEqual([]);
    expect(containerOf(graph, 'api')).toMatchObject({ image: release.image });
    expect(graph.outputs['release']).toEqual(release);
  });

  it('may be pulled from where it is, and from nowhere else', async () => {
    const { inputs } = find(await pinned(), 'aws:iam/rolePolicy:RolePolicy', 'api-execution');
    const { Statement } = JSON.parse(String(inputs['policy']));

    expect(Statement).toContainEqual({
      Sid: 'PullImage',
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: 'arn:aws:ecr:eu-west-1:123456789012:repository/nest-fargate-staging',
    });
  });

  it('has its migrations run, too', async () => {
    const { inputs } = find(await pinned(), 'pulumi-nodejs:dynamic/stack:MigrationRun', 'migrate');

    expect(inputs['image']).toBe(release.image);
  });
});
