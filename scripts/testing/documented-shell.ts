import { currentPages, readPage, simpleCommands } from './documented-commands.ts';

/** A file that runs a command as it is documented, and what it says to do so. */
export interface RunBy {
  readonly file: string;
  readonly says: string;
}

const ownTests: RunBy = { file: 'scripts/testing/run-tests.ts', says: 'vitest' };

/** What runs the commands of the pages that are none of `stack`, by their beginning. */
const run: readonly (readonly [RegExp, RunBy])[] = [
  [/^npm (ci|test)$/, { file: '.ci/run', says: 'npm ci\nnpm test' }],
  [/^npm run (up|down)( -- |$)/, { file: 'package.json', says: '"up": "node scripts/stack.cjs up"' }],
  [/^npm run check(:\w+)*$/, { file: 'scripts/testing/run-tests.ts', says: 'The scripts that `npm run check` runs' }],
  [/^(npx vitest|npm run test:unit)\b/, ownTests],
  [/^npm run dev$/, { file: 'app/test/support/dev-copy.ts', says: 'app/dev/dev.ts' }],
  [/^npm run audit$/, { file: '.github/workflows/checks.yml', says: 'run: npm run audit\n' }],
  [/^npm run sbom$/, { file: '.github/workflows/checks.yml', says: 'run: npm run sbom' }],
  [/^npm run sbom -- --image /, { file: '.github/workflows/checks.yml', says: 'run: npm run sbom -- --image scan' }],
  [/^npm run audit:infra$/, { file: 'scripts/audit/audit.test.ts', says: 'audit(fixtureProject' }],
  [
    /^npm run docs:(alarms|drawings|llms|settings)$/,
    { file: 'scripts/testing/promotion.docker.test.ts', says: "'npm run docs:" },
  ],
  [/^npm run docs:architecture$/, { file: 'scripts/diagram/architecture.test.ts', says: 'architecture.svg' }],
  [
    /^(api=|curl -s \$api|token=|sed -E)/,
    { file: 'scripts/testing/promotion.docker.test.ts', says: "blockOf('README.md', 'api=')" },
  ],
  [
    /^openssl (genpkey|pkey) /,
    { file: 'scripts/testing/promotion.docker.test.ts', says: "blockOf('docs/evidence.md', 'openssl genpkey')" },
  ],
  [
    /^(jq |base64 -d|\{ printf 'DSSE|cat payload|\} > signed|openssl (pkeyutl|dgst) )/,
    { file: 'scripts/release/signed-statement.test.ts', says: 'is verified by openssl' },
  ],
];

/** What no test runs, and why. */
const notRun: readonly (readonly [RegExp, string])[] = [
  [/^aws /, 'it needs an AWS account'],
  [/^(pulumi (login|config set)|echo 'secretsprovider: awskms)/, 'it needs the Pulumi CLI, and a bucket or key of AWS'],
  [/^(git (add|commit|remote|fetch|log|merge|subtree) )/, 'it changes the repository of the reader'],
  [/^(export \w+=|for stack in|do$|done$)/, 'it is a part of what follows it'],
  [/^npm run fix$/, 'it changes sources: `check:style` is the same without changes'],
  [/^npm run bench\b/, 'it measures: it takes long, and the whole machine'],
  [/^npm run audit:infra -- --update-reference$/, 'it downloads a newer reference'],
  [/^npm run$/, 'it is a name'],
];

export interface DocumentedShell {
  readonly run: readonly (readonly [command: string, by: RunBy])[];
  readonly left: readonly (readonly [command: string, reason: string])[];
  /** In none of the lists above. */
  readonly unsorted: readonly string[];
  /** Entries above that no documented command has any more. */
  readonly stale: readonly string[];
}

/** Each simple command of the blocks, and each `npm` and `npx` command in a text, except those of `stack`. */
export function documentedShell(): DocumentedShell {
  const commands = new Set(currentPages.flatMap((page) => shellCommandsOf(readPage(page))));
  const found = {
    run: [] as (readonly [string, RunBy])[],
    left: [] as (readonly [string, string])[],
    unsorted: [] as string[],
  };
  const used = new Set<RegExp>();
  const entryOf = <Entry extends readonly [RegExp, unknown]>(entries: readonly Entry[], command: string) => {
    const entry = entries.find(([pattern]) => pattern.test(command));
    if (entry !== undefined) used.add(entry[0]);
    return entry;
  };
  for (const command of [...commands].toSorted()) {
    const by = entryOf(run, command);
    const left = by === undefined ? entryOf(notRun, command) : undefined;
    if (by !== undefined) found.run.push([command, by[1]]);
    else if (left !== undefined) found.left.push([command, left[1]]);
    else found.unsorted.push(command);
  }
  const stale = [...run, ...notRun].flatMap(([pattern]) => (used.has(pattern) ? [] : [`${pattern}`]));
  return { ...found, stale };
}

function shellCommandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`((?:npm run|npm test|npx vitest)[^`\n]*)`/g)];
  return [...blocks, ...inline.map(([, code = '']) => code)].flatMap((line) =>
    simpleCommands(line.replace(/(^|\s)#\s.*$/, ''))
      .map((command) => command.trim())
      .filter((command) => command !== '' && !/^(STACK_SIGNING_KEY=\S+ )?(npm run stack|npx stack)\b/.test(command)),
  );
}
