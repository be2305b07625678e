import { posix } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';

/** What the last stage of a Dockerfile says, or the one that is named. */
export interface DockerfileFacts {
  /** In exec form, or the one text of the shell form. Absent: that of the base image. */
  readonly entrypoint?: Launch;
  readonly command?: Launch;
  readonly ports: readonly number[];
  readonly user?: string;
  /** Where the program starts: the last WORKDIR. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Names of the stages. */
  readonly stages: readonly string[];
  /** Build arguments without a default. */
  readonly neededArguments: readonly string[];
  /** Of the stage: the image's own reference, or the name of the stage before. */
  readonly base: string;
}

/** First line of what `stack init` writes, so that nobody takes it for the app's own. */
export const written = '# Written by `stack init`. It is yours now: change what does not fit.';

export type Launch = { readonly exec: readonly string[] } | { readonly shell: string };

/** What the stack passes to each build. */
const given: ReadonlySet<string> = new Set(['RELEASE_VERSION', 'RELEASE_COMMIT', 'NODE_BASE_IMAGE']);
/** What BuildKit knows by itself: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope */
const predefined = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$|^(?:HTTPS?|FTP|NO|ALL)_PROXY$/i;

/** `undefined`: it has no stage, so that nothing can be built of it. */
export function readDockerfile(text: string): DockerfileFacts | undefined {
  const parsed = DockerfileParser.parse(text);
  const stages: {
    readonly name: string;
    readonly base: string;
    entrypoint?: Launch;
    command?: Launch;
    user?: string;
    ports: number[];
    directory: string;
    variables: Record<string, string>;
  }[] = [];
  const needed = new Map<string, boolean>();
  for (const instruction of parsed.getInstructions()) {
    const keyword = instruction.getKeyword();
    const content = instruction.getArgumentsContent() ?? '';
    const words = instruction.getArguments().map((argument) => argument.getValue());
    if (keyword === 'ARG') {
      const [name = '', value] = splitAt(content, '=');
      needed.set(name.trim(), value !== undefined || needed.get(name.trim()) === true);
      continue;
    }
    if (keyword === 'FROM') {
      const at = words.findIndex((word) => word.toUpperCase() === 'AS');
      const base = words[0] ?? '';
      const parent = stages.find(({ name }) => name === base);
      stages.push({
        ...(parent ?? { ports: [], variables: {}, directory: '/' }),
        ports: [...(parent?.ports ?? [])],
        variables: { ...parent?.variables },
        name: at < 0 ? '' : (words[at + 1] ?? ''),
        base: parent?.base ?? base,
      });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) continue;
    if (keyword === 'CMD') stage.command = launchOf(content);
    if (keyword === 'ENTRYPOINT') stage.entrypoint = launchOf(content);
    if (keyword === 'WORKDIR') stage.directory = posix.resolve(stage.directory, words[0] ?? '');
    if (keyword === 'USER') stage.user = content.trim();
    if (keyword === 'EXPOSE') stage.ports.push(...words.flatMap(portOf));
    if (keyword === 'ENV') Object.assign(stage.variables, variablesOf(instruction));
  }
  const last = stages.at(-1);
  if (last === undefined) return undefined;
  const { base, ports, variables, command, entrypoint, user, directory } = last;
  return {
    base,
    directory,
    ports,
    variables,
    ...(command === undefined ? {} : { command }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(user === undefined ? {} : { user }),
    stages: stages.flatMap(({ name }) => (name === '' ? [] : [name])),
    neededArguments: [...needed]
      .filter(([name, hasDefault]) => !hasDefault && !given.has(name) && !predefined.test(name))
      .map(([name]) => name),
  };
}

function launchOf(content: string): Launch {
  try {
    const value: unknown = JSON.parse(content);
    if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return { exec: value };
  } catch {
    // The shell form is no JSON.
  }
  return { shell: content.trim() };
}

function portOf(word: string): readonly number[] {
  const [, digits] = /^(\d{1,5})(?:\/tcp)?$/i.exec(word) ?? [];
  return digits === undefined ? [] : [Number(digits)];
}

function variablesOf(instruction: object): Readonly<Record<string, string>> {
  if (!('getProperties' in instruction) || typeof instruction.getProperties !== 'function') return {};
  const properties: readonly { getName(): string; getValue(): string | null }[] = instruction.getProperties();
  return Object.fromEntries(properties.map((property) => [property.getName(), property.getValue() ?? '']));
}

function splitAt(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
