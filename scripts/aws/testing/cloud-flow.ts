import { randomUUID } from 'node:crypto';
import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { systemClock } from '../../release/clock.ts';
import type { Flow } from '../../release/flow.ts';
import type { Target } from '../../release/target.ts';
import type { CloudProject } from './cloud-project.ts';
import type { MiniStack } from './ministack.ts';

export interface CloudFlow extends Flow {
  /** What the command said, one line each. */
  readonly said: readonly string[];
}

export interface CloudFlowOptions {
  readonly project: CloudProject;
  readonly aws: MiniStack;
  /** Versions that get ready and then answer /ready with 500. */
  readonly unwell?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
  /** Hears each line as it is said. */
  readonly onLine?: (line: string) => void;
}

/** One command on target aws as a person would run it, with the app's answers in the place of its processes. */
export function openCloudFlow({ project, aws, unwell = new Set(), signal, onLine }: CloudFlowOptions): CloudFlow {
  const said: string[] = [];
  const say = (line: string) => {
    said.push(line);
    onLine?.(line);
  };
  const target = project.openTarget();
  return {
    target,
    said,
    fetch: answersOf(target, aws, unwell),
    clock: systemClock,
    progress: { step: say, detail: (line) => say(`  ${line}`) },
    prompt: {
      interactive: false,
      approve: () => Promise.resolve(true),
      choose: () => Promise.resolve(undefined),
    },
    paths: { liveness: '/health', readiness: '/ready', version: '/version' },
    smoke: () => Promise.resolve(),
    by: 'ada@desk',
    newAttemptId: randomUUID,
    signal: signal ?? new AbortController().signal,
  };
}

/** The app as the tasks of an environment would answer: with the version of the image that each runs. */
function answersOf(target: Target, aws: MiniStack, unwell: ReadonlySet<string>): typeof fetch {
  const versions = new Map<string, string>();
  return async (input) => {
    const url = new URL(String(input instanceof Request ? input.url : input));
    const environment = ['prod', 'pr-7'].find((name) => url.hostname.startsWith(`nest-fargate-${name}-`)) ?? 'staging';
    const observed = await target.observe(environment);
    const [task] = observed?.services.flatMap(({ tasks }) => tasks.filter(({ healthy }) => healthy)) ?? [];
    if (task === undefined) return new Response('no target', { status: 503 });
    const version = versions.get(task.digest) ?? (await versionOf(aws, task.digest));
    versions.set(task.digest, version);
    if (url.pathname === '/version') return Response.json({ version });
    return new Response('', { status: url.pathname === '/ready' && unwell.has(version) ? 500 : 200 });
  };
}

/** Images are tagged `<version>-<build>`; prod runs what was built in staging's repository. */
async function versionOf({ clients }: MiniStack, digest: string): Promise<string> {
  for (const repositoryName of ['nest-fargate-staging', 'nest-fargate-pr-7']) {
    const { imageDetails = [] } = await clients.ecr
      .send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }))
      .catch((): { imageDetails?: [] } => ({}));
    const built = imageDetails[0]?.imageTags?.find((tag) => !tag.startsWith('keep-'));
    if (built !== undefined) return built.replace(/-[0-9a-f]+$/, '');
  }
  return 'unknown';
}
