import { describe, expect, test } from 'vitest';
import { CliFailure } from './cli.ts';
import type { Diagnostic } from './engine-events.ts';
import { explainCliFailure } from './problems.ts';

function explain(stderr: string, diagnostics: readonly Diagnostic[] = [], killedBy?: string) {
  const failure = new CliFailure({
    args: ['up', '--yes'],
    stdout: '',
    stderr,
    exitCode: killedBy ? undefined : 255,
    killedBy,
  });
  return explainCliFailure(failure, { diagnostics }, 'prod');
}

describe('what the CLI says, in the user’s words', () => {
  test.each([
    [
      'error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n  s3://state/.pulumi/locks/organization/nest-fargate/prod/1.json: created by ci@runner-7 (pid 41) at 2026-11-21T12:00:00Z',
      'ENVIRONMENT_LOCKED',
      'prod is being changed by ci@runner-7 (process 41) since 2026-11-21T12:00:00Z.',
    ],
    [
      'error: [409] Conflict: Another update is currently in progress.',
      'ENVIRONMENT_LOCKED',
      'prod is being changed by another update.',
    ],
    ["error: no stack named 'prod' found", 'STACK_NOT_FOUND', 'The backend has no stack named prod.'],
    [
      'error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions',
      'PULUMI_NOT_LOGGED_IN',
      'Pulumi is not logged in to a backend.',
    ],
    [
      'error: getting stack configuration: get stack secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables',
      'PASSPHRASE_MISSING',
      'The secrets of stack prod are encrypted with a passphrase and none is set.',
    ],
    [
      'error: getting stack configuration: get stack secrets manager: incorrect passphrase',
      'PASSPHRASE_WRONG',
      'The passphrase does not decrypt the secrets of stack prod.',
    ],
    [
      'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): operation error S3: GetObject, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata',
      'AWS_CREDENTIALS',
      'There are no AWS credentials, or AWS rejected them (failed to refresh cached credentials).',
    ],
    [
      'error: error listing stacks: could not list bucket: blob (code=NotFound): operation error S3: ListObjectsV2, https response error StatusCode: 404, NoSuchBucket: The specified bucket does not exist',
      'BACKEND_MISSING',
      "The backend's bucket does not exist.",
    ],
    [
      'error: unable to open state directory "file:///nowhere": stat /nowhere: no such file or directory',
      'BACKEND_MISSING',
      'The backend\'s folder "file:///nowhere" does not exist.',
    ],
    [
      'error: performing HTTP request: Get "https://api.pulumi.com/api/user": dial tcp: lookup api.pulumi.com: no such host',
      'BACKEND_UNREACHABLE',
      'The backend or AWS cannot be reached (no such host).',
    ],
  ])('%s', (stderr, code, message) => {
    expect(explain(stderr)).toMatchObject({ code, message });
  });

  test('a permission that a provider lacks is named', () => {
    const error = explain('', [
      {
        resource: 'ecs/Service api',
        message:
          'updating ECS Service: operation error ECS: UpdateService, https response error StatusCode: 400, AccessDeniedException: User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: ecs:UpdateService on resource: y',
      },
    ]);
    expect(error).toMatchObject({ code: 'AWS_PERMISSION' });
    expect(error.details).toContain('ecs:UpdateService');
  });

  test('what the program refused is shown as it was said, without the stack around it', () => {
    const message = `Running program '/project/infra/index.ts' failed with an unhandled exception:
SettingsError: 2 settings of prod are wrong:
  apiMemoryMiB: "700"
    rule: a size that Fargate has
  logLevel: "loud"
    at parseSettings (file:///project/infra/settings.ts:99:3)
    at loadSettings (file:///project/infra/stack-config.ts:12:10) {
  problems: [Array]
}`;
    const error = explain('', [{ message }, { message: 'update failed' }]);
    expect(error.code).toBe('PROGRAM_REFUSED');
    expect(error.message).toBe(`2 settings of prod are wrong:
  apiMemoryMiB: "700"
    rule: a size that Fargate has
  logLevel: "loud"`);
  });

  test('a failed resource is named with the first line of its reason, and the rest is evidence', () => {
    const message = 'The migration failed: exit code 3.\nTask: arn\nLast log lines:\n  column "due" already exists';
    const error = explain('', [{ message: 'update failed' }, { resource: 'dynamic/MigrationRun migrate', message }]);
    expect(error).toMatchObject({
      code: 'UPDATE_FAILED',
      message: 'dynamic/MigrationRun migrate: The migration failed: exit code 3.',
      details: message,
    });
  });

  test('what wraps a provider’s error is left out of the sentence', () => {
    const message =
      '1 error occurred:\n\t* creating urn:pulumi:prod::x::aws:sqs/queue:Queue::q: 1 error occurred:\n\t* creating SQS Queue (q): operation error SQS: CreateQueue, QueueDeletedRecently: wait 60 seconds\n\n';
    expect(explain('', [{ resource: 'sqs/Queue q', message }]).message).toBe(
      'sqs/Queue q: creating SQS Queue (q): operation error SQS: CreateQueue, QueueDeletedRecently: wait 60 seconds',
    );
  });

  test('a migration that failed is told by its own error', () => {
    const line =
      '{"level":60,"msg":"cannot migrate","err":{"message":"column \\"due\\" exists","stack":"Error: x\\n    at up (app/migrations/1-x.ts:7)"}}';
    const message = `The migration failed: exit code 3.\nTask: arn\nLast log lines:\n  ${line}\n  {"level":30,"msg":"ended"}`;
    expect(explain('', [{ resource: 'dynamic/MigrationRun migrate', message }]).message).toBe(
      'dynamic/MigrationRun migrate: The migration failed: exit code 3. cannot migrate: column "due" exists (app/migrations/1-x.ts:7)',
    );
  });

  test('a killed CLI is told apart from one that failed', () => {
    expect(explain('', [], 'SIGKILL')).toMatchObject({
      code: 'UPDATE_KILLED',
      message: 'pulumi up ended with SIGKILL.',
    });
    expect(explain('')).toMatchObject({ code: 'UPDATE_FAILED', message: 'pulumi up ended with 255.' });
    expect(explain('warning: x\nerror: could not read Pulumi.yaml: line 3: a mapping is expected')).toMatchObject({
      message: 'pulumi up ended with 255: could not read Pulumi.yaml: line 3: a mapping is expected',
    });
  });
});
