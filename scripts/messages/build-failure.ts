import { plainLines, readToolFailure, sayToolFailure, type ToolFailure } from './tool-failure.ts';

/** Why a build of an image failed. */
export interface BuildFailure {
  /** In one sentence: the instruction that failed, and what failed in it. */
  readonly summary: string;
  /** What the tool in the instruction said, or the builder about the Dockerfile. */
  readonly block: readonly string[];
}

/** `#12 [build 2/2] RUN npm run build`, then `#12 1.234 <output>`, and `#12 ERROR: …` at its end. */
const stepLine = /^#(?<step>\d+) (?:(?<title>\[[^\]]+\] .*)|ERROR: (?<error>.*)|(?:\d+\.\d+ )?(?<output>.*))$/;

/** Reads the output of `docker build` with BuildKit's plain progress, or with the builder before BuildKit. */
export function readBuildFailure(output: readonly string[]): BuildFailure {
  const lines = output.flatMap(plainLines);
  const steps = new Map<string, { title: string; error?: string; readonly output: string[] }>();
  for (const line of lines) {
    const { step, title, error, output: said } = stepLine.exec(line)?.groups ?? {};
    if (step === undefined) continue;
    const known = steps.get(step) ?? { title: '', output: [] };
    steps.set(step, known);
    if (title !== undefined && known.title === '') known.title = title;
    else if (error !== undefined) known.error = error;
    else if (said !== undefined && !isProgress(said)) known.output.push(said);
  }
  const failed = [...steps.values()].find(({ error }) => error !== undefined && !/CANCELED/.test(error));
  if (failed?.error !== undefined && failed.output.some((line) => line.trim() !== '')) {
    const failure = withExitCode(readToolFailure(failed.output), failed.error);
    return { summary: `${instruction(failed.title)} failed: ${sayToolFailure(failure)}`, block: failure.block };
  }
  return readBuilderError(lines, failed);
}

/** What the builder says of a step while it works on it. */
function isProgress(line: string): boolean {
  return /^(sha256:[0-9a-f]{64}( .*)?|DONE \S+|CACHED|\.\.\.|resolve \S+.*|transferring .*)$/.test(line);
}

/** A process that was killed says nothing itself. */
function withExitCode(failure: ToolFailure, error: string): ToolFailure {
  const [, code] = /exit code: (\d+)/.exec(error) ?? [];
  if (code !== '137' || failure.error !== undefined) return failure;
  return { ...failure, error: 'it was killed (exit code 137): by the memory limit of the engine, or by hand' };
}

/** What the builder itself says: of a Dockerfile that it cannot read, of a file that is not in the context. */
function readBuilderError(
  lines: readonly string[],
  failed: { readonly title: string; readonly error?: string } | undefined,
): BuildFailure {
  const last = lines.findLast((line) =>
    /^(ERROR: )?(failed to solve|error)|^The command .* returned a non-zero code/i.test(line),
  );
  const said = (failed?.error ?? last ?? lines.findLast((line) => line.trim() !== '') ?? '').replace(
    /^(ERROR: )?(failed to solve(?: with frontend \S+)?: )?/,
    '',
  );
  const reason = said.replace(
    /^(rpc error: code = \w+ desc = )?(failed to (compute cache key|calculate checksum of ref \S+|create LLB definition): )*/,
    '',
  );
  const excerpt = dockerfileExcerpt(lines);
  const at = failed === undefined || failed.title === '' ? '' : `${instruction(failed.title)} failed: `;
  return { summary: `${at}${reason || 'the builder gave no reason'}`, block: excerpt.length > 0 ? excerpt : [said] };
}

/** `Dockerfile:24` and the lines around it, which the builder prints between rules. */
function dockerfileExcerpt(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line, index) => /^\S+:\d+$/.test(line) && /^-{10,}$/.test(lines[index + 1] ?? ''));
  if (start === -1) return [];
  const end = lines.findIndex((line, index) => index > start + 1 && /^-{10,}$/.test(line));
  return [lines[start] ?? '', ...lines.slice(start + 2, end === -1 ? undefined : end)];
}

/** Without the secrets and caches that it mounts. */
function instruction(title: string): string {
  return title.replaceAll(/--mount=\S+ +/g, '').trim();
}
