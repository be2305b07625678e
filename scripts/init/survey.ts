import { parseEnv } from 'node:util';
import type { AppFolder } from './app-folder.ts';
import { includedBy } from './compiler-settings.ts';
import { type DockerfileFacts, type Launch, readDockerfile, written } from './dockerfile.ts';
import { type Program, type Steps, stepsOf } from './launches.ts';
import { type Compiled, isMigration, isSeed, type MigrationFacts, migrationsOf } from './migrations.ts';
import { hasDependency, type PackageFacts } from './package-facts.ts';
import { type SourceFacts, sourceFactsOf } from './source-facts.ts';

/** All that can be seen of an app. */
export interface Survey {
  readonly folder: AppFolder;
  readonly facts: PackageFacts;
  readonly source: SourceFacts;
  readonly dockerfileName: string;
  readonly dockerfile?: DockerfileFacts;
  readonly example?: { readonly file: string; readonly values: Readonly<Record<string, string>> };
  /** What starts it, one of them for each process. */
  readonly starts: readonly Start[];
  /** Programs that a start runs before the app, besides migrations. */
  readonly besides: readonly string[];
  readonly migrations?: MigrationFacts;
  /** A release command that somebody has written down: in the Procfile, or in front of the start. */
  readonly release?: { readonly command: Program; readonly from: string };
  /** A directory beside `src` that the compiler includes. */
  readonly besideSource?: string;
  readonly client?: 'prisma' | 'pg';
  readonly valkey: boolean;
}

export interface Start {
  readonly name: string;
  readonly program: Program;
  readonly from: string;
}

const exampleFiles =
  /^(?:\.env\.(?:example|sample|template|dist|defaults)|\.env-(?:example|sample)|(?:env|example)[.-](?:example|env|sample)[\w-]*|\.example\.env|sample\.env)$/;

export function surveyOf(folder: AppFolder, facts: PackageFacts, dockerfileName = 'Dockerfile'): Survey {
  const text = folder.read(dockerfileName);
  const dockerfile = text === undefined ? undefined : ofApp(text);
  const source = sourceFactsOf(folder);
  const front = frontOf(folder, facts, dockerfile);
  const program = normal(programOf(front?.steps, facts), folder);
  const compiled = compiledBy(program, folder);
  const before = front?.steps.programs.filter((each) => each !== programOf(front.steps, facts)) ?? [];
  const migrations = migrationsOf(folder, facts, source, compiled);
  const procfile = procfileOf(folder);
  const release = releaseOf(folder, facts, before, procfile, front?.from ?? '');
  const example = exampleOf(folder);
  const client = clientOf(facts, folder);
  const besideSource = includedBy(folder)?.find(
    (pattern) => !/^(?:\.\/)?(?:src|tests?|e2e)(?:\/|$)|^\.|^\*/.test(pattern),
  );
  return {
    folder,
    facts,
    source,
    dockerfileName,
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(example === undefined ? {} : { example }),
    starts: [
      ...(program === undefined || front === undefined ? [] : [{ name: 'api', program, from: front.from }]),
      ...othersOf(folder, facts, procfile, compiled),
    ],
    besides: [
      ...before.filter((each) => !isMigration(each)).map((each) => each.join(' ')),
      ...(front?.steps.unclear ?? []),
    ],
    ...(migrations === undefined ? {} : { migrations }),
    ...(release === undefined ? {} : { release }),
    ...(besideSource === undefined ? {} : { besideSource }),
    ...(client === undefined ? {} : { client }),
    valkey: ['ioredis', 'redis', 'bullmq', 'bull', '@nestjs/bull', '@nestjs/bullmq'].some(
      (name) => name in facts.dependencies,
    ),
  };
}

/** What the command itself has written into a Dockerfile says nothing of the app. */
function ofApp(text: string): DockerfileFacts | undefined {
  const read = readDockerfile(text);
  if (read === undefined || !text.startsWith(written)) return read;
  const { command: _, ...others } = read;
  return { ...others, ports: [] };
}

interface Front {
  readonly steps: Steps;
  readonly from: string;
}

function frontOf(folder: AppFolder, facts: PackageFacts, dockerfile: DockerfileFacts | undefined): Front | undefined {
  const web = procfileOf(folder).find(([name]) => name === 'web')?.[1];
  const scripts = ['start:prod', 'start:production', 'prod', 'serve', 'start'].filter(
    (name) => facts.scripts[name] !== undefined,
  );
  const launch = launchOf(dockerfile);
  const candidates: readonly (readonly [from: string, launch: Launch])[] = [
    ...(launch === undefined ? [] : [['the Dockerfile', launch] as const]),
    ...(web === undefined ? [] : [['the Procfile', { shell: web }] as const]),
    ...scripts.map((name) => [`the script ${name} of package.json`, { shell: facts.scripts[name] ?? '' }] as const),
    ...(facts.main === undefined ? [] : [['main of package.json', { exec: ['node', facts.main] }] as const]),
  ];
  for (const [from, candidate] of candidates) {
    const steps = stepsOf(candidate, folder, facts);
    if (programOf(steps, facts) !== undefined) return { from, steps };
  }
  return undefined;
}

/** With an entry point, the command is its arguments: https://docs.docker.com/reference/dockerfile/#entrypoint */
function launchOf(dockerfile: DockerfileFacts | undefined): Launch | undefined {
  const { entrypoint, command } = dockerfile ?? {};
  if (entrypoint === undefined || ('exec' in entrypoint && entrypoint.exec.length === 0)) return command;
  if ('shell' in entrypoint || command === undefined || 'shell' in command) return entrypoint;
  const [first = ''] = entrypoint.exec;
  // An entry point that is a script ends by what it is given.
  return /\.sh$/.test(first)
    ? { shell: [...entrypoint.exec.slice(0, 1), '&&', ...command.exec].join(' ') }
    : { exec: [...entrypoint.exec, ...command.exec] };
}

/** The last one that neither migrates nor fills the database: what is left running. */
function programOf(steps: Steps | undefined, facts: PackageFacts): Program | undefined {
  const last = steps?.programs.filter((program) => !isMigration(program) && !isSeed(program)).at(-1);
  if (last === undefined) return undefined;
  const [name = ''] = last;
  if (name === 'nest' && facts.framework === 'nest') return ['node', 'dist/main.js'];
  return /^(?:node|bun|deno|tsx|ts-node|\/.*node)$|^node_modules\/|^\.?\//.test(name) || name in facts.dependencies
    ? last
    : undefined;
}

/** With the extension that Node needs in a module, and that says what it is. */
function normal(program: Program | undefined, folder: AppFolder): Program | undefined {
  return program?.map((word, index) => {
    const isEntry = index > 0 && /^(?:\.\/)?(?:dist|build|lib|out)\//.test(word) && !/\.[cm]?js$/.test(word);
    if (!isEntry) return word;
    const source = word.replace(/^(?:\.\/)?[^/]+\/(?:src\/)?/, 'src/');
    return folder.has(`${source}.ts`) || folder.has(`${source}.js`) ? `${word.replace(/^\.\//, '')}.js` : word;
  });
}

/** Where the compiler puts a source, told by where the program that starts is. */
function compiledBy(program: Program | undefined, folder: AppFolder): Compiled {
  const entry = program?.find((word) => /^(?:\.\/)?(?:dist|build|lib|out)\//.test(word))?.replace(/^\.\//, '');
  const [out = 'dist', ...rest] = (entry ?? 'dist/main.js').split('/');
  const keepsSource = rest[0] === 'src';
  const isSource = entry === undefined && !folder.files.some((file) => file.endsWith('.ts'));
  return (file) => {
    if (isSource || !/\.[cm]?ts$/.test(file)) return file;
    const script = file.replace(/\.ts$/, '.js').replace(/\.([cm])ts$/, '.$1js');
    return keepsSource ? `${out}/${script}` : `${out}/${script.replace(/^src\//, '')}`;
  };
}

/** https://devcenter.heroku.com/articles/procfile */
function procfileOf(folder: AppFolder): readonly (readonly [name: string, command: string])[] {
  return (folder.read('Procfile') ?? '').split('\n').flatMap((line) => {
    const [, name, command] = /^([A-Za-z][\w-]*):\s*(.+)$/.exec(line.trim()) ?? [];
    return name === undefined || command === undefined ? [] : [[name, command] as const];
  });
}

function releaseOf(
  folder: AppFolder,
  facts: PackageFacts,
  written: readonly Program[],
  procfile: readonly (readonly [string, string])[],
  from: string,
): Survey['release'] {
  const own = written.find((program) => isMigration(program) && program[0] === 'node');
  if (own !== undefined) return { command: own, from };
  const named = procfile.find(([name]) => name === 'release')?.[1];
  const steps = named === undefined ? undefined : stepsOf({ shell: named }, folder, facts);
  const program = steps?.programs.find(
    (each) => isMigration(each) && each[0] === 'node' && !each.some((word) => word.endsWith('.ts')),
  );
  return program === undefined ? undefined : { command: program, from: 'the Procfile' };
}

/** Processes in the background: those of the Procfile, of scripts, or entry points by their names. */
function othersOf(
  folder: AppFolder,
  facts: PackageFacts,
  procfile: readonly (readonly [string, string])[],
  compiled: Compiled,
): readonly Start[] {
  const found: Start[] = [];
  const add = (name: string, program: Program | undefined, from: string) => {
    const clean = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 20);
    if (program !== undefined && clean !== '' && !found.some((start) => start.name === clean))
      found.push({ name: clean, program, from });
  };
  for (const [name, command] of procfile.filter(([name]) => name !== 'web' && name !== 'release')) {
    add(name, normal(programOf(stepsOf({ shell: command }, folder, facts), facts), folder), 'the Procfile');
  }
  for (const [script, command] of Object.entries(facts.scripts)) {
    const [, name] =
      /^(?:start:|run:)?((?:[\w-]*-)?(?:workers?|queue|consumer|jobs))(?::prod(?:uction)?)?$/.exec(script) ?? [];
    if (name === undefined || /dev|watch|debug/.test(script)) continue;
    const program = normal(programOf(stepsOf({ shell: command }, folder, facts), facts), folder);
    if (program?.[0] === 'node') add(name, program, `the script ${script} of package.json`);
  }
  if (found.length === 0) {
    const entry = folder.files.find((file) =>
      /^src\/(?:worker|main[.-]worker|worker[.-]main|worker\/(?:main|index))\.[cm]?[jt]s$/.test(file),
    );
    if (entry !== undefined) add('worker', ['node', compiled(entry)], entry);
  }
  return found;
}

/** The one whose values fit best is the one that speaks of Postgres. */
function exampleOf(folder: AppFolder): Survey['example'] {
  const files = folder.files.filter((file) => exampleFiles.test(file));
  const file = files.find((each) => /postgres/i.test(folder.read(each) ?? '')) ?? files[0];
  if (file === undefined) return undefined;
  const values = parseEnv(folder.read(file) ?? '');
  const texts = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { file, values: Object.fromEntries(texts) };
}

function clientOf(facts: PackageFacts, folder: AppFolder): Survey['client'] {
  const prisma = folder.files.some(
    (file) => file.endsWith('.prisma') && /provider\s*=\s*"postgres(?:ql)?"/.test(folder.read(file) ?? ''),
  );
  // With a driver adapter, Prisma connects as pg does.
  if (prisma) return hasDependency(facts, '@prisma/adapter-pg') ? 'pg' : 'prisma';
  return ['pg', 'postgres', 'pg-promise', '@mikro-orm/postgresql', 'slonik'].some((name) => name in facts.dependencies)
    ? 'pg'
    : undefined;
}
