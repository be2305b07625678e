import { releaseSchema } from '../../release/pinned-release.ts';
import { settingGroup } from './group.ts';
import { choice, flag, integer, list, optional, optionalText, text } from './schema.ts';

const roleArn = /^arn:aws(-cn|-us-gov)?:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;

export const release = settingGroup('Release', {
  release: {
    source: choice('releaseSource', ['build', 'promoted'], {
      description:
        'Where the release comes from. `build`: the image is built from the work tree. `promoted`: the last promoted release runs, and an image is built only before the first promotion.',
      default: 'build',
      change: 'restart',
    }),
    /** The environment whose verified releases this one runs. */
    promoteFrom: optionalText('promoteFrom', /^[a-z][a-z0-9-]{0,19}$/, {
      description:
        'Environment whose verified releases are promoted to this one. Set it in the stack file itself: the CLI reads the chain of promotion from there.',
      rule: 'the name of another environment, as in Pulumi.<environment>.yaml',
      example: 'staging',
      change: 'none',
    }),
    promoteFromRole: optionalText('promoteFromRole', roleArn, {
      description:
        'IAM role in the account of promoteFrom with which a promotion reads that environment and marks the image as kept. Its evidenceReaders create it. If not set, a promotion logs in as that environment’s own stack file says.',
      rule: 'the ARN of an IAM role',
      example: 'arn:aws:iam::123456789012:role/nest-fargate-staging-ci-evidence',
      change: 'in place',
    }),
    /** Present: this release runs, and nothing is built. */
    pinned: optional('release', releaseSchema, {
      description: 'Pins a release: its image runs and nothing is built. Written by promotion and rollback.',
      rule: 'JSON with version, image, digest, commit and migrations, as printed by `stack history --json`',
      example: '{"version":"0.1.0-0123456789ab","image":"…@sha256:…","digest":"sha256:…","commit":"…","migrations":[]}',
      change: 'restart',
    }),
    retentionCount: integer('imageRetentionCount', {
      description:
        'Number of images kept in the registry, and of promoted images kept. You cannot roll back to an older release.',
      unit: 'images',
      min: 10,
      max: 1000,
      default: 100,
      change: 'in place',
      source: 'The ledger reaches back no further: an SSM parameter keeps 100 versions.',
    }),
    registryRetained: flag('registryRetained', {
      description:
        'Keeps the registry and its images when the environment is deleted, since other environments may run them.',
      default: true,
      change: 'none',
    }),
    pullAccountIds: list('imagePullAccountIds', /^\d{12}(,\d{12})*$/, {
      description:
        'Other AWS accounts whose environments may pull the images that this one builds: those that promote from it.',
      rule: 'account IDs of 12 digits, separated by commas',
      example: '123456789012,210987654321',
      change: 'in place',
    }),
    cpuArchitecture: choice('cpuArchitecture', ['X86_64', 'ARM64'], {
      description:
        'CPU architecture of the tasks and the image. ARM64 costs less, but is slow to build on another architecture.',
      default: 'X86_64',
      change: 'restart',
    }),
    /** Relative to the project directory. */
    appDirectory: text('appDirectory', /^(\.{1,2}\/)*[A-Za-z0-9_][A-Za-z0-9._/-]*$/, {
      description:
        'Directory of the app, with its Dockerfile, package.json and migrations. If it has a .dockerignore, it is the whole build context; otherwise the build context is the project, less what the project’s .dockerignore excludes. A Dockerfile.dockerignore beside the Dockerfile takes precedence over both files.',
      rule: 'a path relative to the project directory, with forward slashes',
      default: 'app',
      change: 'restart',
    }),
    /** Relative to the project directory. */
    smokeTest: optionalText('smokeTest', /^(\.\.\/)*[A-Za-z0-9_][A-Za-z0-9._/-]*\.(ts|js|mjs)$/, {
      description: 'Module that verifies a release through its API. If not set, the one that the app’s manifest names.',
      rule: 'a path relative to the project directory, of a module that exports `smoke`',
      example: 'tests/smoke.ts',
      change: 'none',
    }),
    nodeBaseImage: optionalText('nodeBaseImage', /^\S+@sha256:[0-9a-f]{64}$/, {
      description: 'Node.js base image of the app, for networks that cannot pull the one pinned in the Dockerfile.',
      rule: 'an image reference that ends in @sha256:<64 hex digits>',
      example: 'registry.example.com/node@sha256:<64 hex digits>',
      change: 'restart',
      source: 'A tag can be moved; a digest cannot.',
    }),
  },
  migrationTimeoutSeconds: integer('migrationTimeoutSeconds', {
    description: 'Timeout for the migrations of a release. When it expires, they are stopped and the release fails.',
    unit: 's',
    min: 60,
    max: 86_400,
    default: 900,
    change: 'none',
  }),
});
