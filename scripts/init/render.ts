import type { Proposal, ProposedProcess, Said, SaidBy } from './proposal.ts';

/** How the file is written: by whether its package and its compiler can live with it. */
export type ManifestFile = 'stack.app.ts' | 'stack.app.mts' | 'stack.app.mjs';

/** What a person has to look at is marked with it. */
export const checkMark = 'CHECK:';

/**
 * The manifest as a file, with how each line is known.
 *
 * @param toManifestTypes from the app's directory to infra/manifest/app.ts
 */
export function renderManifest(proposal: Proposal, file: ManifestFile, toManifestTypes: string): string {
  const body = block([
    ...processes(proposal.processes),
    ...said('build', proposal.build),
    ...release(proposal.release),
    ...said('databaseAccess', proposal.databaseAccess),
    ...named('variables', proposal.variables, 'Of every process and of the release command.'),
    ...leftOut(proposal.leftOut),
    ...named('secrets', proposal.secrets, 'By the names of the variables that hold them.'),
    ...named(
      'folders',
      proposal.folders ?? {},
      'Writable, in memory, in MiB; what is in them is gone when the task stops.',
    ),
    ...named('egress', proposal.egress ?? {}, 'Ports outside of the environment. 443 is open.'),
  ]);
  const about = comment('What the stack knows of this app: docs/your-app.md explains every field.', '/** ', ' */');
  if (file === 'stack.app.mjs') {
    return lines([
      '// @ts-check',
      '',
      '/**',
      ' * What the stack knows of this app: docs/your-app.md explains every field. No TypeScript, because the compiler of the',
      ' * app would take it for a source.',
      ' *',
      ` * @satisfies {import('${toManifestTypes}').App}`,
      ' */',
      `export const app = ${body.join('\n')};`,
    ]);
  }
  return lines([
    `import type { App } from '${toManifestTypes}';`,
    '',
    ...about,
    `export const app = ${body.join('\n')} satisfies App;`,
  ]);
}

/** Of 120 columns, less what the line is indented by. */
const longestLine = 112;

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

/** Lines between braces, the brackets included. */
function block(inner: readonly string[]): string[] {
  return ['{', ...inner.map((line) => (line === '' ? '' : `  ${line}`)), '}'];
}

function member(key: string, value: readonly string[]): string[] {
  const [first = '', ...others] = value;
  const name = keyOf(key);
  // A text that is too long for a line stands below its name, as formatters have it.
  if (others.length === 0 && /^['"]/.test(first) && name.length + first.length > longestLine)
    return [`${name}:`, `  ${first},`];
  const all = [`${name}: ${first}`, ...others];
  return [...all.slice(0, -1), `${all.at(-1)},`];
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  // As Biome and Prettier do: the quotes that need fewer escapes.
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, each]) => `${keyOf(key)}: ${literal(each)}`)
      .join(', ')} }`;
  }
  return String(value);
}

function said(key: string, given: Said<unknown> | undefined): string[] {
  if (given === undefined) return [];
  return [...reason(given), ...member(key, [literal(given.value)])];
}

/** Neighbours that are known in the same way share a comment. */
function saidAll(given: SaidBy<unknown>): string[] {
  let earlier: string | undefined;
  return Object.entries(given).flatMap(([name, each]) => {
    const own = reason(each);
    const shown = own.join('\n') === earlier ? [] : own;
    earlier = own.join('\n');
    return [...shown, ...member(name, [literal(each.value)])];
  });
}

function reason({ why, check }: Said<unknown>): string[] {
  return comment(check === true ? `${checkMark} ${why}` : capital(why));
}

function capital(text: string): string {
  const first = text.split(/[\s,;:]/, 1)[0] ?? '';
  // Names of files and variables stay as they are.
  return /[./_(]/.test(first) || first !== first.toLowerCase()
    ? `${text}.`
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function named(key: string, given: SaidBy<unknown>, about: string): string[] {
  const entries = Object.entries(given);
  if (entries.length === 0) return [];
  return [...comment(about), ...member(key, block(saidAll(given)))];
}

function processes(all: readonly ProposedProcess[]): string[] {
  return member(
    'processes',
    block(all.flatMap((process) => [...comment(capital(process.why)), ...member(process.name, oneProcess(process))])),
  );
}

function oneProcess({ command, http, schedule, scaling, healthCheck, variables, secrets }: ProposedProcess): string[] {
  return block([
    ...said('command', command),
    ...(http === undefined
      ? []
      : member(
          'http',
          block([
            ...said('port', http.port),
            ...said('liveness', http.liveness),
            ...(http.readiness === undefined
              ? comment(
                  'No readiness path is visible: one that answers 503 after SIGTERM and while starting loses no request.',
                )
              : said('readiness', http.readiness)),
            ...said('version', http.version),
            ...said('route', http.route),
          ]),
        )),
    ...said('schedule', schedule),
    ...said('scaling', scaling),
    ...said('healthCheck', healthCheck),
    ...(Object.keys(variables).length === 0 ? [] : member('variables', block(saidAll(variables)))),
    ...(secrets.length === 0 ? [] : list('secrets', secrets)),
  ]);
}

function release(given: Proposal['release']): string[] {
  if (given === undefined) return [];
  return [
    ...comment('Runs once before each rollout, in the new image.'),
    ...member(
      'release',
      block([
        ...said('command', given.command),
        ...(given.migrations === undefined
          ? comment(
              `${checkMark} which migrations a release has is not visible, so promote and rollback call none of them safe.`,
            )
          : said('migrations', given.migrations)),
        ...(given.secrets.length === 0 ? [] : list('secrets', given.secrets)),
      ]),
    ),
  ];
}

function list(key: string, values: readonly string[]): string[] {
  const one = `${key}: ${literal(values)},`;
  return one.length <= 110 ? [one] : [`${key}: [`, ...values.map((value) => `  ${quoted(value)},`), '],'];
}

function leftOut(all: Proposal['leftOut']): string[] {
  if (all.length === 0) return [];
  return [
    '// Read by the code, and left out:',
    ...all.flatMap(({ name, why }) => comment(`- ${name}: ${why}`, '//   ', '', '     ')),
  ];
}

/** Broken at 100 characters, which leaves room for the indentation. */
function comment(text: string, open = '// ', close = '', indent = ''): string[] {
  const all: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && open.length + line.length + 1 + word.length > 100) {
      all.push(line);
      line = `${indent}${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  all.push(line);
  return all.map((each, index) => `${open}${each}${index === all.length - 1 ? close : ''}`);
}
