import { describe, expect, it } from 'vitest';
import { readDockerfile } from './dockerfile.ts';
import { stepsOf } from './launches.ts';
import { migrationsOf } from './migrations.ts';
import { packageFactsOf } from './package-facts.ts';
import { sourceFactsOf } from './source-facts.ts';
import { type Files, folderWith } from './testing/folder.ts';
import { type Surroundings, verdictOf } from './variable-values.ts';

const facts = (files: Files) => packageFactsOf(folderWith(files), '/nowhere');
const packageJson = (value: object) => ({ 'package.json': JSON.stringify(value) });
const source = (text: string, file = 'src/main.ts') => sourceFactsOf(folderWith({ [file]: text }));

describe('package.json', () => {
  it.each([
    ['package-lock.json', 'npm'],
    ['pnpm-lock.yaml', 'pnpm'],
    ['yarn.lock', 'yarn'],
    ['bun.lock', 'bun'],
  ])('%s is of %s', (file, manager) => {
    expect(facts({ ...packageJson({}), [file]: '' })).toMatchObject({ manager, lockFile: file });
  });

  it('its packageManager counts more than a lock file', () => {
    expect(facts({ ...packageJson({ packageManager: 'pnpm@10.0.0' }), 'yarn.lock': '' }).manager).toBe('pnpm');
  });

  it.each([
    ['@nestjs/core', 'nest'],
    ['express', 'express'],
    ['fastify', 'fastify'],
  ])('%s makes it %s', (name, framework) => {
    expect(facts(packageJson({ dependencies: { [name]: '1' } })).framework).toBe(framework);
  });

  it('names what cannot be read', () => {
    expect(() => facts({ 'package.json': '{' })).toThrow(/^package\.json cannot be read: /);
  });
});

describe('a Dockerfile', () => {
  it('is read stage by stage, the last one with what it builds on', () => {
    const read = readDockerfile(
      [
        'ARG NODE_BASE_IMAGE=node:24',
        'FROM ${NODE_BASE_IMAGE} AS base',
        'ARG TARGETPLATFORM',
        'WORKDIR /srv',
        'WORKDIR app',
        'EXPOSE 8080/tcp 9000/udp',
        'ENV A=1 B="two words"',
        'FROM base AS runtime',
        'ARG LICENSE',
        'ARG FEATURES=all',
        'USER 1000',
        'ENTRYPOINT ["tini", "--"]',
        'CMD node server.js',
      ].join('\n'),
    );
    expect(read).toEqual({
      base: '${NODE_BASE_IMAGE}',
      directory: '/srv/app',
      ports: [8080],
      variables: { A: '1', B: 'two words' },
      entrypoint: { exec: ['tini', '--'] },
      command: { shell: 'node server.js' },
      user: '1000',
      stages: ['base', 'runtime'],
      neededArguments: ['LICENSE'],
    });
  });

  it('without FROM is none', () => {
    expect(readDockerfile('# nothing\n')).toBeUndefined();
  });
});

describe('a start', () => {
  const files = {
    ...packageJson({
      scripts: {
        start: 'npm run build && node dist/main',
        build: 'nest build',
        prod: 'NODE_ENV=production env-cmd -f .env node -r x dist/a.js',
      },
    }),
    'docker/entrypoint.sh': '#!/bin/sh\nset -e\nnpx prisma migrate deploy\nexec "$@"\n',
  };
  const steps = (launch: Parameters<typeof stepsOf>[0]) => stepsOf(launch, folderWith(files), facts(files));

  it.each([
    [
      { exec: ['npm', 'run', 'start'] },
      [
        ['nest', 'build'],
        ['node', 'dist/main'],
      ],
    ],
    [{ exec: ['yarn', 'prod'] }, [['node', '-r', 'x', 'dist/a.js']]],
    [{ shell: 'exec dumb-init node "dist/my app.js"' }, [['node', 'dist/my app.js']]],
    [
      { exec: ['sh', '-c', 'knex migrate:latest; node server.js 2>&1 > log'] },
      [
        ['knex', 'migrate:latest'],
        ['node', 'server.js'],
      ],
    ],
    [{ exec: ['/app/entrypoint.sh'] }, [['prisma', 'migrate', 'deploy']]],
    [{ shell: 'cd /app && ./wait-for-it.sh db:5432 -- true && node a.js' }, [['node', 'a.js']]],
  ])('%j', (launch, programs) => {
    expect(steps(launch)).toEqual({ programs, unclear: [] });
  });

  it.each([
    [{ shell: 'node $ENTRY' }, 'node $ENTRY'],
    [{ exec: ['npm', 'run', 'nothing'] }, 'npm run nothing'],
    [{ exec: ['/opt/elsewhere.sh'] }, '/opt/elsewhere.sh'],
  ])('%j is unclear', (launch, unclear) => {
    expect(steps(launch)).toEqual({ programs: [], unclear: [unclear] });
  });

  it('that calls itself ends', () => {
    const loop = packageJson({ scripts: { start: 'npm start' } });
    expect(stepsOf({ shell: 'npm start' }, folderWith(loop), facts(loop))).toEqual({ programs: [], unclear: [] });
  });
});

describe('variables that the code reads', () => {
  it.each([
    ['process.env.A', { name: 'A', optional: false }],
    ["process.env['A']", { name: 'A', optional: false }],
    ["process.env.A ?? 'x'", { name: 'A', optional: true, fallback: 'x' }],
    ['Number(process.env.A || 7)', { name: 'A', optional: true, fallback: '7' }],
    ['process.env.A ? Number(process.env.A) : 5', { name: 'A', optional: true, fallback: '5' }],
    ["process.env.A?.split(',') ?? []", { name: 'A', optional: true }],
    ["process.env.A === 'true'", { name: 'A', optional: true }],
    ['const { A } = process.env', { name: 'A', optional: false }],
    ["const { A: a = 'x' } = process.env", { name: 'A', optional: true, fallback: 'x' }],
    ["this.configService.get<string>('A')", { name: 'A', optional: false }],
    ["config.getOrThrow('A')", { name: 'A', optional: false }],
    ["config.get('A', 'x')", { name: 'A', optional: true, fallback: 'x' }],
    ["env.get('A').required().asString()", { name: 'A', optional: false }],
    ['z.object({ A: z.string() })', { name: 'A', optional: false }],
    ["z.object({ A: z.string().default('x') })", { name: 'A', optional: true, fallback: 'x' }],
    ['Joi.object({ A: Joi.number().optional() })', { name: 'A', optional: true }],
    ['cleanEnv(process.env, { A: port({ default: 80 }) })', { name: 'A', optional: true, fallback: '80' }],
    ['class Variables { @IsString() A: string }', { name: 'A', optional: false }],
    ['class Variables { @IsString() @IsOptional() A: string }', { name: 'A', optional: true }],
  ])('%s', (text, use) => {
    expect(source(text).variables).toEqual([{ ...use, file: 'src/main.ts' }]);
  });

  it.each([
    "cache.get('A')",
    "const colours = { A: pick('red') }",
    'class Model { A: string }',
    'process.env.lower',
    '// process.env.A',
  ])('%s is none', (text) => {
    expect(source(text).variables).toEqual([]);
  });

  it('of tests do not count, those of Prisma do', () => {
    const folder = folderWith({
      'src/a.spec.ts': 'process.env.A',
      'test/b.ts': 'process.env.B',
      'bench/d.ts': "process.env.D; app.listen(1, '127.0.0.1')",
      'prisma/schema.prisma': 'url = env("C")',
    });
    expect(sourceFactsOf(folder).variables.map(({ name }) => name)).toEqual(['C']);
  });
});

describe('paths', () => {
  it('of Nest have the prefix and the version in front', () => {
    const folder = folderWith({
      'src/main.ts':
        "app.setGlobalPrefix('api', { exclude: ['health'] }); app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });",
      'src/a.controller.ts':
        "@Controller({ path: 'health', version: VERSION_NEUTRAL }) class A { @Get() a() {} @Get('deep') b() {} }",
      'src/b.controller.ts': "@Controller('items') class B { @Get() a() {} }",
    });
    expect(sourceFactsOf(folder).routes.map(({ path }) => path)).toEqual([
      '/health',
      '/api/health/deep',
      '/api/v1/items',
    ]);
  });

  it('are uncertain where the prefix cannot be seen', () => {
    const { routes } = source(
      "app.setGlobalPrefix(config.prefix, { exclude: ['/'] }); @Controller() class A { @Get() a() {} @Get('health') b() {} }",
    );
    expect(routes.map(({ path, uncertain }) => [path, uncertain])).toEqual([
      ['/', false],
      ['/health', true],
    ]);
  });

  it('that ask the database are told apart', () => {
    const { routes } = source(
      "@Controller('health') class A { @Get() @HealthCheck() a() { return this.db.pingCheck('x'); } @Get('live') b() {} }",
    );
    expect(routes.map(({ path, asksDependencies }) => [path, asksDependencies])).toEqual([
      ['/health', true],
      ['/health/live', false],
    ]);
  });
});

describe('what else the code does', () => {
  it.each([
    [
      '@Injectable() class A { @Cron("0 3 * * *") a() {} @Cron("1 3 * * *") b() {} }',
      { crons: [{ file: 'src/main.ts', count: 2 }] },
    ],
    ["@Processor('mail') class A {}", { jobs: ['src/main.ts'] }],
    ["new Worker('mail', run)", { jobs: ['src/main.ts'] }],
    ["new Worker('./thread.js')", { jobs: [] }],
    ['TypeOrmModule.forRoot({ synchronize: true })', { changesSchema: ['src/main.ts'] }],
    [
      "import multer from 'multer'; diskStorage({ destination: './files' })",
      { writes: [{ path: './files', file: 'src/main.ts' }] },
    ],
    ["app.listen(3000, 'localhost')", { listen: { variables: [], ports: [3000], loopback: 'localhost' } }],
    ["import type { A } from 'a'; import b from '@scope/b/deep';", { packages: { '@scope/b': 'src/main.ts' } }],
  ])('%s', (text, found) => {
    expect(source(text)).toMatchObject(found);
  });
});

describe('migrations', () => {
  const compiled = (file: string) => file.replace(/^src\/(.*)\.ts$/, 'dist/$1.js');
  const found = (dependency: string, files: Files) => {
    const all = { ...packageJson({ dependencies: { [dependency]: '1', 'drizzle-kit': '1' } }), ...files };
    const folder = folderWith(all);
    return migrationsOf(folder, facts(all), sourceFactsOf(folder), compiled);
  };

  it.each([
    [
      'prisma',
      { 'prisma/schema.prisma': '', 'prisma/migrations/20240101_a/migration.sql': '' },
      { tool: 'prisma', folder: 'prisma/migrations', command: ['node_modules/.bin/prisma', 'migrate', 'deploy'] },
    ],
    [
      'prisma',
      { 'db/schema.prisma': '' },
      { tool: 'prisma', command: ['node_modules/.bin/prisma', 'migrate', 'deploy', '--schema', 'db/schema.prisma'] },
    ],
    [
      'typeorm',
      { 'src/db/source.ts': 'export default new DataSource({})', 'src/db/migrations/1700000000000-a.ts': '' },
      {
        tool: 'typeorm',
        folder: 'src/db/migrations',
        command: ['node_modules/.bin/typeorm', 'migration:run', '-d', 'dist/db/source.js'],
      },
    ],
    [
      'drizzle-orm',
      { 'drizzle.config.ts': "export default { out: './drizzle' }", 'drizzle/0000_a.sql': '' },
      { tool: 'drizzle', folder: 'drizzle', command: ['node_modules/.bin/drizzle-kit', 'migrate'] },
    ],
    [
      'knex',
      { 'knexfile.js': "migrations: { directory: './db/migrations' }", 'db/migrations/20240101_a.js': '' },
      {
        tool: 'knex',
        folder: 'db/migrations',
        command: ['node_modules/.bin/knex', 'migrate:latest', '--knexfile', 'knexfile.js'],
      },
    ],
    [
      'sequelize-cli',
      {
        '.sequelizerc': "'migrations-path': path.resolve('database', 'migrations')",
        'database/migrations/20240101-a.js': '',
      },
      { tool: 'sequelize', folder: 'database/migrations', command: ['node_modules/.bin/sequelize-cli', 'db:migrate'] },
    ],
    [
      'node-pg-migrate',
      { 'migrations/1_a.sql': '' },
      { tool: 'node-pg-migrate', folder: 'migrations', command: ['node_modules/.bin/node-pg-migrate', 'up'] },
    ],
  ])('of %s', (dependency, files, expected) => {
    expect(found(dependency, files)).toMatchObject(expected);
  });

  it('of a knexfile in TypeScript have no command', () => {
    expect(found('knex', { 'knexfile.ts': '' })).not.toHaveProperty('command');
  });

  it('of a data source that a module builds for itself are not run by it', () => {
    expect(
      found('typeorm', { 'src/app.module.ts': 'factory: () => { return new DataSource(options); }' }),
    ).toBeUndefined();
  });
});

describe('what a variable gets', () => {
  const verdict = (name: string, surroundings: Partial<Surroundings> = {}, optional = false) =>
    verdictOf({ name, file: 'src/a.ts', optional }, { listens: false, databaseInParts: false, ...surroundings });

  it.each([
    ['DB_HOST', '{database.host}'],
    ['DATABASE_USERNAME', '{database.user}'],
    ['POSTGRES_DB', '{database.name}'],
    ['TYPEORM_PASSWORD', '{database.password}'],
    ['PGPORT', '{database.port}'],
    ['ORDERS_DB_HOST', '{database.host}'],
    ['DB_POOL_MAX', '{database.poolSize}'],
    ['DATABASE_SSL_REJECT_UNAUTHORIZED', 'true'],
    ['DB_SYNCHRONIZE', 'false'],
    ['REDIS_PASSWORD', '{valkey.password}'],
    ['BULL_REDIS_HOST', '{valkey.host}'],
    ['REDIS_URL', 'rediss://{valkey.user}:{valkey.password}@{valkey.host}:{valkey.port}'],
    ['NODE_ENV', 'production'],
    ['APP_ENV', '{environment}'],
    ['LOG_LEVEL', '{logLevel}'],
    ['AWS_REGION', '{region}'],
  ])('%s', (name, value) => {
    expect(verdict(name)).toMatchObject({ kind: 'variable', value });
  });

  it.each(['JWT_SECRET', 'AUTH_CONFIRM_EMAIL_SECRET', 'SESSION_KEY', 'SECRET_KEY_BASE'])(
    '%s is a random secret',
    (name) => {
      expect(verdict(name)).toMatchObject({ kind: 'secret', generate: true });
    },
  );

  it.each(['STRIPE_API_KEY', 'GITHUB_TOKEN', 'GOOGLE_CLIENT_SECRET', 'SMTP_PASSWORD', 'ENCRYPTION_KEY'])(
    '%s is a secret that a person sets',
    (name) => {
      expect(verdict(name)).toMatchObject({ kind: 'secret', generate: false });
    },
  );

  it.each(['STRIPE_PUBLIC_KEY', 'JWT_SECRET_EXPIRES_IN', 'TOKEN_TTL', 'PASSWORD_LENGTH', 'KEY_PATH'])(
    '%s is no secret',
    (name) => {
      expect(verdict(name)).toMatchObject({ kind: 'variable', value: { example: `value of ${name}` }, check: true });
    },
  );

  it.each([
    ['AWS_SECRET_ACCESS_KEY', {}, 'keys of AWS: give the process permissions instead'],
    ['SENTRY_TOKEN', { example: '', exampleFile: '.env.example' }, 'a secret that is empty in .env.example'],
    ['DATABASE_URL', { databaseInParts: true }, 'the app reads the parts of the address, too'],
    ['SHADOW_DATABASE_URL', {}, 'of the machine or of tests'],
    ['TMPDIR', {}, 'of the machine or of tests'],
  ])('%s is left out', (name, surroundings, why) => {
    expect(verdict(name, surroundings)).toEqual({ kind: 'out', why });
  });

  it('an address of a developer’s machine is marked, any other example is taken', () => {
    const exampleFile = '.env.example';
    expect(verdict('SHOP_URL', { example: 'http://localhost:1', exampleFile })).toMatchObject({
      value: 'http://localhost:1',
      check: true,
    });
    expect(verdict('PAGE_SIZE', { example: '50', exampleFile })).toEqual({
      kind: 'variable',
      value: '50',
      why: 'from .env.example',
    });
  });

  it('Prisma verifies certificates by its address, pg by a file', () => {
    expect(verdict('DATABASE_URL', { client: 'prisma' })).toMatchObject({
      value: expect.stringContaining('sslaccept=strict&sslcert={authorities.file}'),
    });
    expect(verdict('DATABASE_URL', { client: 'pg' })).toMatchObject({
      value: expect.stringMatching(/\?sslmode=\{database\.tls\}$/),
    });
  });
});
