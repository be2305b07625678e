import type { AppFolder } from './app-folder.ts';
import type { Launch } from './dockerfile.ts';
import type { PackageFacts } from './package-facts.ts';

/** A program with its arguments, as it is started without a shell. */
export type Program = readonly string[];

/** What a start does, one program after the other. */
export interface Steps {
  readonly programs: readonly Program[];
  /** Texts that only a shell understands. */
  readonly unclear: readonly string[];
}

const none: Steps = { programs: [], unclear: [] };
/** A script that calls scripts that call scripts. */
const mostScripts = 8;

/** Programs that start another one and add nothing that a task definition does not have. */
const wrappers: ReadonlySet<string> = new Set([
  'dumb-init',
  'tini',
  'exec',
  'env-cmd',
  'cross-env',
  'npx',
  'pnpx',
  'sudo',
  'dotenv',
  'docker-entrypoint.sh',
]);
const managers: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun']);

/**
 * Takes a command apart: npm scripts and shell scripts of the folder are followed, so that what is left starts the program
 * itself. A package manager or a shell between would not pass SIGTERM on.
 */
export function stepsOf(launch: Launch, folder: AppFolder, facts: PackageFacts, depth = 0): Steps {
  if (depth > mostScripts) return none;
  if ('shell' in launch) return joined(splitShell(launch.shell).map((part) => stepOf(part, folder, facts, depth)));
  const [program = '', flag = '', text = ''] = launch.exec;
  if (/(?:^|\/)(?:ba|da|a)?sh$/.test(program)) {
    if (/^-\w*c$/.test(flag)) return stepsOf({ shell: text }, folder, facts, depth + 1);
    return shellScript(flag, folder, facts, depth);
  }
  return fromWords(launch.exec, folder, facts, depth);
}

function joined(all: readonly Steps[]): Steps {
  return { programs: all.flatMap(({ programs }) => programs), unclear: all.flatMap(({ unclear }) => unclear) };
}

/** At `&&`, `;` and line breaks outside of quotes. */
function splitShell(text: string): readonly string[] {
  const parts = [''];
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (quote === '' && (sign === '"' || sign === "'")) quote = sign;
    else if (sign === quote) quote = '';
    const separator = quote !== '' ? '' : text.startsWith('&&', at) ? '&&' : sign === ';' || sign === '\n' ? sign : '';
    if (separator === '') parts[parts.length - 1] += sign;
    else {
      parts.push('');
      at += separator.length - 1;
    }
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '' && !part.startsWith('#'));
}

function stepOf(text: string, folder: AppFolder, facts: PackageFacts, depth: number): Steps {
  if (/^(?:set|cd|export|echo|chown|chmod|mkdir|sleep|source|\.)\s/.test(text)) return none;
  // Redirections and variables are the shell's; what they would change is told.
  const words = wordsOf(text.replace(/\s+\d?>>?\s*\S+|\s+\d>&\d|\s*&$/g, ''));
  return words === undefined ? { programs: [], unclear: [text] } : fromWords(words, folder, facts, depth);
}

/** `undefined`: it has something that only a shell understands. */
function wordsOf(text: string): readonly string[] | undefined {
  if (/[`|<>*?]|\$[^@]/.test(text.replaceAll(/'[^']*'/g, ''))) return undefined;
  return (text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) => word.replaceAll(/["']/g, ''));
}

function fromWords(words: readonly string[], folder: AppFolder, facts: PackageFacts, depth: number): Steps {
  const [first = '', ...others] = words;
  const program = first.replace(/^.*\//, '');
  if (first === '' || first === '"$@"' || first === '$@') return none;
  if (/^[A-Za-z_]\w*=/.test(first)) return fromWords(others, folder, facts, depth);
  if (wrappers.has(program)) return fromWords(withoutOptions(program, others), folder, facts, depth);
  if (/^wait-for|^dockerize$|^pg_isready$/.test(program)) return none;
  if (managers.has(program)) return managed(words, folder, facts, depth);
  if (/\.sh$/.test(program)) return shellScript(first, folder, facts, depth);
  return { programs: [words], unclear: [] };
}

function withoutOptions(wrapper: string, words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => !word.startsWith('-'));
  const left = start < 0 ? [] : words.slice(start);
  // `env-cmd -f .env node …`
  return (wrapper === 'env-cmd' || wrapper === 'dotenv') && /^\.env|\.env$/.test(left[0] ?? '')
    ? left.slice(1).filter((word, index) => index > 0 || word !== '--')
    : left;
}

/** `npm run start:prod`, `npm start`, `yarn start`, `pnpm exec prisma …`. */
function managed(words: readonly string[], folder: AppFolder, facts: PackageFacts, depth: number): Steps {
  const [manager = '', ...given] = words;
  const others = given.filter((word) => !/^(?:-s|--silent|--production|--prefix=.*|--no-.*)$/.test(word));
  const [verb = '', ...rest] = others;
  if (verb === 'exec' || verb === 'dlx' || verb === 'x') {
    return fromWords(
      rest.filter((word) => word !== '--'),
      folder,
      facts,
      depth + 1,
    );
  }
  const name = verb === 'run' || verb === 'run-script' ? rest[0] : verb;
  const script = facts.scripts[name ?? ''];
  if (name === undefined || script === undefined) {
    if (manager === 'yarn' || manager === 'pnpm')
      return others.length === 0 ? none : { programs: [others], unclear: [] };
    return { programs: [], unclear: [words.join(' ')] };
  }
  const passed = (verb === 'run' || verb === 'run-script' ? rest.slice(1) : rest).filter((word) => word !== '--');
  return stepsOf({ shell: [script, ...passed].join(' ') }, folder, facts, depth + 1);
}

/** Found by its name: where the image has it may be elsewhere. */
function shellScript(path: string, folder: AppFolder, facts: PackageFacts, depth: number): Steps {
  const name = path.replace(/^.*\//, '');
  const file = folder.files.find((candidate) => candidate.replace(/^.*\//, '') === name);
  const text = file === undefined ? undefined : folder.read(file);
  if (text === undefined) return { programs: [], unclear: [path] };
  return stepsOf(
    { shell: text.replaceAll(/^#.*$|^\s*(?:if|then|fi|else|elif|done|do|while|for)\b.*$/gm, '') },
    folder,
    facts,
    depth + 1,
  );
}
