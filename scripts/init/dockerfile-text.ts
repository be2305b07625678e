import type { AppFolder } from './app-folder.ts';
import { written } from './dockerfile.ts';
import { missingInProduction } from './migrations.ts';
import type { PackageManager } from './package-facts.ts';
import type { Survey } from './survey.ts';

/** Where the program starts in an image that is built of it. */
export const ownDirectory = '/app';

interface Manager {
  readonly lockFile: string;
  readonly cache: string;
  readonly prepare: readonly string[];
  readonly install: string;
  readonly installUnlocked: string;
  readonly add: (names: string) => string;
  readonly run: (script: string) => string;
  readonly exec: (program: string) => string;
  readonly prune: string;
}

const managers: Readonly<Record<PackageManager, Manager>> = {
  npm: {
    lockFile: 'package-lock.json',
    cache: '/root/.npm',
    prepare: [],
    install: 'npm ci --no-audit --no-fund',
    installUnlocked: 'npm install --no-audit --no-fund',
    add: (names) => `npm install --save-prod --no-audit --no-fund ${names}`,
    run: (script) => `npm run ${script}`,
    exec: (program) => `npx --no-install ${program}`,
    prune: 'npm prune --omit=dev --no-audit --no-fund',
  },
  pnpm: {
    lockFile: 'pnpm-lock.yaml',
    cache: '/root/.local/share/pnpm/store',
    prepare: ['RUN npm install --global corepack && corepack enable'],
    install: 'pnpm install --frozen-lockfile',
    installUnlocked: 'pnpm install',
    add: (names) => `pnpm add --save-prod ${names}`,
    run: (script) => `pnpm run ${script}`,
    exec: (program) => `pnpm exec ${program}`,
    prune: 'CI=true pnpm prune --prod --ignore-scripts',
  },
  yarn: {
    lockFile: 'yarn.lock',
    cache: '/usr/local/share/.cache',
    prepare: ['RUN npm install --global corepack && corepack enable'],
    install: 'yarn install --frozen-lockfile',
    installUnlocked: 'yarn install',
    add: (names) => `yarn add ${names}`,
    run: (script) => `yarn run ${script}`,
    exec: (program) => `yarn run ${program}`,
    prune: 'yarn install --production --ignore-scripts --prefer-offline',
  },
  bun: {
    lockFile: 'bun.lock',
    cache: '/root/.bun/install/cache',
    prepare: ['RUN npm install --global bun'],
    install: 'bun install --frozen-lockfile',
    installUnlocked: 'bun install',
    add: (names) => `bun add ${names}`,
    run: (script) => `bun run ${script}`,
    exec: (program) => `bunx ${program}`,
    prune: 'rm -rf node_modules && bun install --production --ignore-scripts',
  },
};

/** Pinned like the project's own: see app/Dockerfile. */
const secrets = [
  '    --mount=type=secret,id=npmrc,target=/root/.npmrc,required=false \\',
  '    --mount=type=secret,id=ca,required=false \\',
  '    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca npm_config_cafile=/run/secrets/ca; fi; \\',
];

/**
 * A Dockerfile of two stages for an app: what is built and pruned, and what runs, as a user that is not root.
 *
 * @param program that the image starts by default
 */
export function dockerfileFor(
  { facts, migrations, folder, source }: Survey,
  program: readonly string[],
  port: number,
): string {
  const manager = managers[facts.manager];
  const { workspace, lockFile, scripts } = facts;
  const at = workspace === undefined ? '' : `${workspace.path}/`;
  const locked = lockFile !== undefined;
  const missing = Object.keys(missingInProduction(facts, source, migrations));
  const ranges = missing.map((name) => `'${name}@${facts.devDependencies[name] ?? 'latest'}'`);
  const prisma = migrations?.tool === 'prisma' || folder.files.some((file) => file.endsWith('.prisma'));
  const inPackage = workspace === undefined ? [] : [`WORKDIR /src/${workspace.path}`];
  return `${[
    written,
    '# NODE_BASE_IMAGE: the stack passes the one of its setting nodeBaseImage, or its own where no registry is in reach.',
    'ARG NODE_BASE_IMAGE=docker.io/library/node:24-bookworm-slim',
    '',
    'FROM ${NODE_BASE_IMAGE} AS build',
    'WORKDIR /src',
    ...manager.prepare,
    ...(workspace === undefined
      ? [
          '# What is installed changes less often than the sources: they come after it.',
          `COPY ${['package.json', ...(locked ? [lockFile] : []), ...['.npmrc', '.yarnrc.yml', 'pnpm-workspace.yaml'].filter((file) => folder.has(file))].join(' ')} ./`,
          ...(prisma && folder.files.some((file) => file.startsWith('prisma/')) ? ['COPY prisma/ prisma/'] : []),
          ...(folder.has('prisma.config.ts') ? ['COPY prisma.config.ts ./'] : []),
        ]
      : ['COPY . .']),
    '# Optional secrets, for networks that need them: npmrc (registry and credentials) and ca (authorities in PEM form).',
    `RUN --mount=type=cache,target=${manager.cache} \\`,
    ...secrets,
    `    ${locked ? manager.install : manager.installUnlocked}`,
    ...(workspace === undefined ? ['COPY . .'] : []),
    ...inPackage,
    ...(prisma ? [`RUN ${unusedAddress(folder)}${manager.exec('prisma generate')}`] : []),
    ...(scripts['build'] === undefined ? [] : [`RUN ${manager.run('build')}`]),
    ...(ranges.length === 0
      ? []
      : [
          '# devDependencies that run in production.',
          `RUN --mount=type=cache,target=${manager.cache} \\`,
          ...secrets,
          `    ${manager.add(ranges.join(' '))}`,
        ]),
    ...(workspace === undefined
      ? [
          '# Without devDependencies.',
          `RUN --mount=type=cache,target=${manager.cache} \\`,
          ...secrets,
          `    ${manager.prune}`,
        ]
      : []),
    '',
    'FROM ${NODE_BASE_IMAGE} AS runtime',
    `WORKDIR ${ownDirectory}${at === '' ? '' : `/${workspace?.path ?? ''}`}`,
    ...(migrations?.tool === 'prisma'
      ? [
          '# The engines of Prisma need OpenSSL, which the slim image has not.',
          'RUN command -v openssl || ! command -v apt-get || (apt-get update && apt-get install --yes --no-install-recommends openssl && rm -rf /var/lib/apt/lists/*)',
        ]
      : []),
    'ENV NODE_ENV=production',
    workspace === undefined ? 'COPY --from=build /src ./' : `COPY --from=build /src ${ownDirectory}`,
    '# A number, so that a platform can tell that it is not root.',
    'USER 10001:10001',
    `EXPOSE ${port}`,
    '# The entry point of the base image is a shell.',
    'ENTRYPOINT []',
    `CMD ${JSON.stringify(program).replaceAll(',', ', ')}`,
  ].join('\n')}\n`;
}

/** Prisma's configuration reads the address of the database even where nothing connects. */
function unusedAddress(folder: AppFolder): string {
  const config = folder.files
    .filter((file) => /(?:^|\/)prisma\.config\.[cm]?[jt]s$/.test(file))
    .map((file) => folder.read(file) ?? '');
  const names = config.flatMap((text) => [
    ...text.matchAll(/\benv\(['"]([A-Z][A-Z0-9_]*)['"]\)|process\.env\.([A-Z][A-Z0-9_]*)/g),
  ]);
  return [...new Set(names.map(([, called, read]) => called ?? read))]
    .map((name) => `${name}=postgresql://none@localhost/none `)
    .join('');
}

/** What no image needs, and what nobody wants in one. */
export function dockerignoreFor(manifestFile: string): string {
  return `${[
    written,
    '.git',
    '.github',
    '.vscode',
    'node_modules',
    '**/node_modules',
    'dist',
    'coverage',
    'test',
    '*.log',
    '# Values of this machine, secrets among them.',
    '.env',
    '.env.*',
    '# What the stack reads is no part of the image.',
    manifestFile,
    'stack.resources.*',
    'Dockerfile*',
    '.dockerignore',
  ].join('\n')}\n`;
}
