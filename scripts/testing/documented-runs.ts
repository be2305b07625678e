import { exitCodes } from '../messages/exit-code.ts';
import { argumentsOf, commandsOf, currentPages, readPage } from './documented-commands.ts';

/** Another test that runs a command as it is documented, with names of its own. */
export interface RunElsewhere {
  readonly file: string;
  readonly test: string;
  /** What that test says to run it. */
  readonly call: string;
}

const secrets = {
  file: 'scripts/testing/secrets.docker.test.ts',
  set: 'is taken from stdin, and refused under another name or without a value',
  unset: 'is rolled out by an up that finds it changed, too, and outlives the environment',
};
const alarms = 'scripts/local/alarms/alarms.docker.test.ts';
const promotion = 'scripts/testing/promotion.docker.test.ts';
const init = 'scripts/init/init.test.ts';
const copilot = 'scripts/init/copilot/copilot.test.ts';

/** What takes long, or an environment or an app of its own. */
const elsewhere: readonly (readonly [RegExp, RunElsewhere])[] = [
  [
    /^alarms on( staging)?$/,
    {
      file: alarms,
      test: 'are evaluated by a Prometheus that finds nothing wrong with its rules, and names what it cannot watch',
      call: "listed('on')",
    },
  ],
  [
    /^dashboard( staging)?$/,
    {
      file: alarms,
      test: 'are on the dashboard, beside the figures of Prometheus and the release that was rolled back',
      call: "checkout.start('dashboard', 'staging')",
    },
  ],
  [
    /^drill( --all| rollout| rollout kill)$/,
    {
      file: 'scripts/drill/sabotage.docker.test.ts',
      test: 'that are sabotaged break their promise, and the command ends with 1',
      call: "checkout.stack('drill', ...sabotaged",
    },
  ],
  [
    /^verify( staging)? --contract$/,
    {
      file: 'scripts/testing/other-app.docker.test.ts',
      test: 'keeps the contract, as it is run through all of it, and so does its earlier release',
      call: "checkout.stack('verify', 'staging', '--contract')",
    },
  ],
  [
    /^up staging --image my-api:/,
    {
      file: 'scripts/testing/monorepo.docker.test.ts',
      test: 'is deployed from an image that was built elsewhere, under the version that its label has',
      call: "checkout.stack('up', 'staging', '--image', reference)",
    },
  ],
  [
    /^promote prod$/,
    {
      file: promotion,
      test: 'promotes the digest that was verified on staging',
      call: "checkout.stack('promote', '--yes')",
    },
  ],
  [
    /^rollback prod --reason /,
    {
      file: promotion,
      test: 'rolls prod back over an expand migration, to the same digest',
      call: "checkout.stack('rollback', 'prod', '--reason',",
    },
  ],
  [
    /^rollback( prod)?$/,
    {
      file: 'scripts/testing/several-processes.docker.test.ts',
      test: 'rolls every process back, and verify says so',
      call: "checkout.stack('rollback', 'staging', '--yes')",
    },
  ],
  [
    /^rollback --gradual$/,
    {
      file: 'scripts/testing/realtime.docker.test.ts',
      test: 'is rolled back',
      call: "checkout.stack('rollback', 'staging', '--gradual', '--yes')",
    },
  ],
  [
    /^rollback prod --stack$/,
    {
      file: 'scripts/testing/rollback-stack.docker.test.ts',
      test: 'restores the settings and the program of that commit, and touches no file of the work tree',
      call: "checkout.stack('rollback', 'staging', '--stack', '--yes')",
    },
  ],
  [
    /^run prod import$/,
    {
      file: 'scripts/testing/several-processes.docker.test.ts',
      test: 'runs a one-off by its name, as it is started with',
      call: "checkout.stack('run', 'staging', 'import')",
    },
  ],
  [
    /^evidence --verify /,
    {
      file: promotion,
      test: 'documented: evidence is signed and verified with the keys that openssl made',
      call: "blockOf('docs/evidence.md', 'npm run stack -- evidence --verify')",
    },
  ],
  [
    /^init --from copilot( shop)?$/,
    {
      file: copilot,
      test: 'converts every type of service, and names what has no counterpart',
      call: "one.init('--from', 'copilot', 'old', '--yes')",
    },
  ],
  [
    /^init --from copilot (\.|shop --dry-run)$/,
    {
      file: copilot,
      test: 'reads those of the project itself, and writes nothing with --dry-run',
      call: "one.init('--from', 'copilot', '.', '--dry-run')",
    },
  ],
  [
    /^verify staging --contract --image /,
    {
      file: 'scripts/testing/realtime.docker.test.ts',
      test: 'keeps the contract, as an image that was built elsewhere',
      call: "checkout.stack('verify', 'staging', '--contract', '--image', reference)",
    },
  ],
  [/^secrets set STRIPE_KEY /, { file: secrets.file, test: secrets.set, call: "'secrets', 'set', 'PAYMENT_KEY'" }],
  [
    /^restart prod api$/,
    {
      file: secrets.file,
      test: 'reaches running tasks by a restart, which loses no request and changes nothing else',
      call: "checkout.stack('restart', 'staging', 'api')",
    },
  ],
  [/^secrets unset /, { file: secrets.file, test: secrets.unset, call: "'secrets', 'unset', 'PAYMENT_KEY'" }],
  [
    /^init (my-app|example)( --yes)?$/,
    {
      file: init,
      test: 'writes a manifest that loads, with what it needs besides',
      call: "one.init('my-app', '--yes')",
    },
  ],
  [
    /^init my-app --dry-run$/,
    {
      file: init,
      test: 'shows what it would write, and writes nothing, with --dry-run',
      call: "one.init('my-app', '--dry-run')",
    },
  ],
];

/** What this machine or the environments of the tests cannot run, and why. */
const notRun: readonly (readonly [RegExp, string])[] = [
  [/^up staging --adopt /, 'it needs AWS: there is nothing to adopt on this machine'],
  [/^up staging --image \d{12}\.dkr\.ecr\./, 'it needs AWS: the image is in a registry there'],
];

/** A text may name a command without what it needs. */
const namesOnly = /^(forward|init|maintenance|run|secrets|secrets set|run prod api)$/;

/** A new command is sorted by whoever documents it: one that is run by mistake would change what other tests need. */
const reads =
  /^(alarms list|backups( prod)?$|completion|connect|cost|doctor|drift|environments|evidence (?!--verify)|exec|graph|history|incident|logs (?!.*--follow)|preview|secrets list|status( \w+)?$|verify( \w+)?$)|^(down|promote|restore|rollback|up) .*--dry-run|^(evidence|graph|history|incident)$/;

/** What stays open until a person ends it, and what it has said by then. */
const sessions: readonly (readonly [RegExp, RegExp])[] = [
  [/^forward prod 9464$/, /127\.0\.0\.1:\d+ leads to port 9464 of a task of prod/],
  [/^logs staging --follow$/, /\S/],
  [/^status prod --watch$/, /prod at 20\S+Z, Ctrl-C ends/],
];

/** What changes an environment, in an order in which each finds what it needs and the last leave what was there. */
const changes: readonly RegExp[] = [
  /^freeze prod end of quarter$/,
  /^freeze prod (example|reason)$/,
  /^unfreeze prod$/,
  /^maintenance on prod /,
  /^maintenance off prod$/,
  /^scale prod (api|worker) \d$/,
  /^restart prod$/,
  /^run (prod|staging) -- /,
  /^backups prod --remove /,
  /^up( staging| prod)?$/,
  /^prune$/,
  /^up pr-7 /,
  /^restore staging .*--into pr-7$/,
  /^down pr-7$/,
  /^restore prod --at \S+$/,
];

/** What removes the environments, at the end. */
const removals: readonly RegExp[] = [/^down staging$/, /^down --all$/];

/** What a command ends with that is right to end otherwise than with 0. */
const endsWith: readonly (readonly [RegExp, number, string])[] = [
  [/^evidence\b/, exitCodes.failed, 'SIGNING_KEY_MISSING'],
  [/^promote\b/, exitCodes.refused, 'ALREADY_RUNNING'],
  [/^restore prod --at 3d --dry-run$/, exitCodes.refused, 'TIME_NOT_RESTORABLE'],
  // The environment that hosts these runs has no worker.
  [/^logs .*--service worker\b/, exitCodes.failed, 'SERVICE_UNKNOWN'],
  [/^scale .* worker\b/, exitCodes.failed, 'PROCESS_UNKNOWN'],
  [/^freeze prod (example|reason)$/, exitCodes.refused, 'ALREADY_FROZEN'],
  [/^backups .*--remove example$/, exitCodes.refused, 'BACKUP_UNKNOWN'],
];

/** What a person is asked for on a terminal. */
const asks = /^(restore|rollback|down|prune|backups .*--remove)\b/;

export interface DocumentedRun {
  readonly args: readonly string[];
  /** As the documentation of the command's errors says. */
  readonly exitCode: number;
  /** Of the error that it ends with. */
  readonly code?: string;
}

export interface DocumentedSession {
  readonly args: readonly string[];
  readonly says: RegExp;
}

export interface DocumentedRuns {
  /** They leave what runs as it is. */
  readonly runs: readonly DocumentedRun[];
  readonly sessions: readonly DocumentedSession[];
  /** In the order in which they are to be run. */
  readonly changes: readonly DocumentedRun[];
  readonly removals: readonly DocumentedRun[];
  readonly elsewhere: readonly (readonly [command: string, where: RunElsewhere])[];
  readonly left: readonly (readonly [command: string, reason: string])[];
  /** In none of the lists above. */
  readonly unsorted: readonly string[];
  /** Entries above that no documented command has any more. */
  readonly stale: readonly string[];
}

/**
 * Each command of the pages once, for target local and with environments that run: `--target aws` takes the same
 * arguments.
 */
export function documentedRuns(environment: string): DocumentedRuns {
  const reader = [
    [/^<environment>$/, environment],
    [/^<process>$/, 'api'],
    [/^<service>$/, 'api'],
    // One environment that expires is enough.
    [/^pr-123$/, 'pr-7'],
    // Twice the same.
    [/^6$/, '3'],
    // The programs are the reader's own.
    [/^dist\/(?:job|reindex)\.js$/, '--version'],
  ] as const;
  const all = new Map<string, readonly string[]>();
  for (const command of currentPages.flatMap((page) => commandsOf(readPage(page)))) {
    const args = argumentsOf(command, reader).join('\0').replace('\0--target\0aws', '').split('\0');
    all.set(args.join(' '), args);
  }
  const used = new Set<RegExp>();
  const use = (pattern: RegExp, line: string) => {
    const matches = pattern.test(line);
    if (matches) used.add(pattern);
    return matches;
  };
  const first = <Entry extends readonly [RegExp, ...unknown[]]>(entries: readonly Entry[], line: string) =>
    entries.find(([pattern]) => use(pattern, line));
  const runOf = (line: string, given: readonly string[]): DocumentedRun => {
    const [, exitCode = exitCodes.done, code] = first(endsWith, line) ?? [];
    const args = asks.test(line) && !line.includes('--dry-run') ? [...given, '--yes'] : given;
    return { args, exitCode, ...(code === undefined ? {} : { code }) };
  };
  const found = {
    runs: [] as DocumentedRun[],
    sessions: [] as DocumentedSession[],
    elsewhere: [] as (readonly [string, RunElsewhere])[],
    left: [] as (readonly [string, string])[],
    unsorted: [] as string[],
  };
  const inOrder = new Map<RegExp, DocumentedRun[]>([...changes, ...removals].map((pattern) => [pattern, []]));
  for (const [line, args] of [...all].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const session = first(sessions, line);
    const other = first(elsewhere, line);
    const [, reason] = first(notRun, line) ?? [];
    const change = [...inOrder.keys()].find((pattern) => use(pattern, line));
    if (use(namesOnly, line)) found.left.push([line, 'it names a command without what that needs']);
    else if (reason !== undefined) found.left.push([line, reason]);
    else if (other !== undefined) found.elsewhere.push([line, other[1]]);
    else if (session !== undefined) found.sessions.push({ args, says: session[1] });
    else if (change !== undefined) inOrder.get(change)?.push(runOf(line, args));
    else if (reads.test(line)) found.runs.push(runOf(line, args));
    else found.unsorted.push(line);
  }
  const ordered = (patterns: readonly RegExp[]) => patterns.flatMap((pattern) => inOrder.get(pattern) ?? []);
  const patterns = [
    ...[...elsewhere, ...notRun, ...sessions, ...endsWith].map(([pattern]) => pattern),
    ...inOrder.keys(),
  ];
  return {
    ...found,
    changes: ordered(changes),
    removals: ordered(removals),
    stale: patterns.flatMap((pattern) => (used.has(pattern) ? [] : [`${pattern}`])),
  };
}
