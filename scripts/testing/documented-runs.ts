import { exitCodes } from '../messages/exit-code.ts';
import { argumentsOf, commandsOf, currentPages, readPage } from './documented-commands.ts';

/** Why a documented command is not run beside an environment that other tests need as it is. */
const notRun: readonly (readonly [RegExp, string])[] = [
  [
    /^(up|down|promote|rollback|restore)\b(?!.* --dry-run)/,
    'it changes an environment: the tests of promotion, rollback and backups run it',
  ],
  [
    /^(restart|scale|freeze|unfreeze|maintenance|prune|secrets (set|unset)|alarms (on|off))\b/,
    'it changes an environment',
  ],
  [/^backups .*--remove/, 'it deletes something that is not there'],
  [/^(dashboard|exec|forward)\b|^connect( \S+)?$/, 'it stays open until a person ends it'],
  [/ --(follow|watch)\b/, 'it stays open until a person ends it'],
  [/^run\b/, 'the program is one of the reader’s: several-processes.docker.test.ts runs some'],
  [
    /^(drill|verify .*--contract|verify --contract)\b/,
    'it takes an environment of its own, and minutes: other tests run it',
  ],
  [/^init\b/, 'the app is the reader’s: init.docker.test.ts has some'],
  [/^evidence --verify\b/, 'the file is the reader’s: evidence.test.ts has some'],
  [/^secrets$/, 'it is a group of commands'],
];

/** A new command is sorted by whoever documents it: one that is run by mistake would change what other tests need. */
const reads =
  /^(alarms list|backups|completion|connect|cost|doctor|drift|environments|evidence|graph|history|incident|logs|preview|secrets list|status|verify)\b|^(down|promote|restore|rollback|up) .*--dry-run/;

/** What a command ends with that is right to end otherwise than with 0. */
const endsWith: readonly (readonly [RegExp, number, string])[] = [
  [/^evidence\b/, exitCodes.failed, 'SIGNING_KEY_MISSING'],
  [/^promote\b/, exitCodes.refused, 'ALREADY_RUNNING'],
  [/^restore\b/, exitCodes.refused, 'TIME_NOT_RESTORABLE'],
  // The environment that hosts these runs has no worker.
  [/^logs .*--service worker\b/, exitCodes.failed, 'SERVICE_UNKNOWN'],
];

export interface DocumentedRun {
  readonly args: readonly string[];
  /** As the documentation of the command's errors says. */
  readonly exitCode: number;
  /** Of the error that it ends with. */
  readonly code?: string;
}

/**
 * Each command of the pages once, for target local and with an environment that runs: `--target aws` takes the same
 * arguments. Those that are not run come with the reason.
 */
export function documentedRuns(environment: string): {
  readonly runs: readonly DocumentedRun[];
  readonly left: readonly (readonly [command: string, reason: string])[];
  /** In none of the lists above. */
  readonly unsorted: readonly string[];
  /** Reasons and endings above that no documented command has any more. */
  readonly stale: readonly string[];
} {
  const reader = [
    [/^<environment>$/, environment],
    [/^<process>$/, 'api'],
    [/^<service>$/, 'api'],
  ] as const;
  const all = new Map<string, readonly string[]>();
  for (const command of currentPages.flatMap((page) => commandsOf(readPage(page)))) {
    const args = argumentsOf(command, reader).join('\0').replace('\0--target\0aws', '').split('\0');
    all.set(args.join(' '), args);
  }
  const used = new Set<RegExp>();
  const first = <Entry extends readonly [RegExp, ...unknown[]]>(entries: readonly Entry[], line: string) => {
    const found = entries.find(([pattern]) => pattern.test(line));
    if (found !== undefined) used.add(found[0]);
    return found;
  };
  const lines = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const runs: DocumentedRun[] = [];
  const left: (readonly [string, string])[] = [];
  const unsorted: string[] = [];
  for (const [line, args] of lines) {
    const [, reason] = first(notRun, line) ?? [];
    if (reason !== undefined) {
      left.push([line, reason]);
      continue;
    }
    if (!reads.test(line)) {
      unsorted.push(line);
      continue;
    }
    const [, exitCode = exitCodes.done, code] = first(endsWith, line) ?? [];
    runs.push({ args, exitCode, ...(code === undefined ? {} : { code }) });
  }
  const stale = [...notRun, ...endsWith].flatMap(([pattern]) => (used.has(pattern) ? [] : [`${pattern}`]));
  return { runs, left, unsorted, stale };
}
