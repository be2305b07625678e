import type { AppSecret, Variable } from '../../../infra/manifest/app.ts';
import { sourcesIn } from '../../../infra/manifest/sources.ts';
import type { Proposal, ProposedProcess, Said, SaidBy } from '../proposal.ts';
import type { StackValue } from '../stack-file-edits.ts';
import type { Conversion, ConvertedProcess } from './convert.ts';

/** What the folder of the app says, with what Copilot knows besides, which counts where they differ. */
export function withCopilot(seen: Proposal, conversion: Conversion): Proposal {
  const front = seen.processes.find(({ name }) => name === 'api');
  const processes = conversion.processes.map((each) => merged(each, front, seen));
  const secrets: SaidBy<AppSecret> = {
    ...seen.secrets,
    ...Object.fromEntries(conversion.processes.flatMap((each) => secretsOf(each, seen))),
  };
  const taken = new Set([
    ...Object.keys(secrets),
    ...conversion.processes.flatMap(({ variables }) => Object.keys(variables)),
  ]);
  const from = conversion.processes[0]?.file ?? '';
  return {
    ...seen,
    processes,
    ...(conversion.dockerfile === undefined ? {} : { build: { value: conversion.build, why: from } }),
    variables: Object.fromEntries(
      Object.entries(seen.variables).filter(([name, { value }]) => isDerived(value) || !taken.has(name)),
    ),
    secrets,
    leftOut: seen.leftOut.filter(({ name }) => !taken.has(name)),
    notes: [...seen.notes, ...conversion.missing, ...ownDatabase(conversion, seen)],
  };
}

/** The values for stack files that are there, and what becomes of the others. */
export function valuesFor(
  { values }: Conversion,
  environments: readonly string[],
): { readonly values: Readonly<Record<string, readonly StackValue[]>>; readonly notes: readonly string[] } {
  const there = Object.entries(values).filter(([name]) => environments.includes(name));
  const others = Object.entries(values).filter(([name, each]) => !environments.includes(name) && each.length > 0);
  return {
    values: Object.fromEntries(there),
    notes: others.map(
      ([name, each]) =>
        `environment ${name}: there is no Pulumi.${name}.yaml, so ${each.map(({ key, value }) => `${key}: ${String(value)}`).join(', ')} is written nowhere. Copy a stack file to it and run the command again.`,
    ),
  };
}

function isDerived(value: Variable): boolean {
  return typeof value === 'string' && sourcesIn(value).length > 0;
}

function merged(each: ConvertedProcess, front: ProposedProcess | undefined, seen: Proposal): ProposedProcess {
  const { name, type, file, command, http, cron } = each;
  const background = http === undefined && cron === undefined;
  const variables = Object.entries(each.variables).filter(([key]) => !isDerived(seen.variables[key]?.value ?? ''));
  return {
    name,
    why: `${type}: ${file}`,
    command: command === undefined ? programOfImage(front) : { value: command, why: file },
    ...(http === undefined ? {} : { http: httpOf(http, file, name === 'api' ? front : undefined) }),
    ...(cron === undefined ? {} : { schedule: { value: { cron }, why: `${file}, in UTC` } }),
    ...(background
      ? { scaling: { value: ['cpu', 'memory'], why: "add 'queue-age' once it reports the metric QueueAgeSeconds" } }
      : {}),
    variables: {
      ...(http === undefined ? {} : (front?.variables ?? {})),
      ...Object.fromEntries(variables.map(([key, value]) => [key, { value, why: file }])),
    },
    secrets: [...new Set([...(front?.secrets ?? []), ...secretsOf(each, seen).map(([key]) => key)])],
  };
}

function programOfImage(front: ProposedProcess | undefined): ProposedProcess['command'] {
  if (front === undefined) return { value: [''], why: '', check: true };
  return { ...front.command, why: `${front.command.why}: the manifest of Copilot has no command` };
}

function httpOf(
  { port, healthcheck, route }: NonNullable<ConvertedProcess['http']>,
  file: string,
  front: ProposedProcess | undefined,
): NonNullable<ProposedProcess['http']> {
  return {
    port: { value: port, why: file },
    liveness: { value: healthcheck ?? '/', why: healthcheck === undefined ? 'what Copilot asks by default' : file },
    ...(front?.http?.readiness === undefined ? {} : { readiness: front.http.readiness }),
    ...(route === undefined ? {} : { route: { value: route, why: file } }),
  };
}

/** Passwords of the database are the stack's own. */
function secretsOf(
  { secrets, file }: ConvertedProcess,
  seen: Proposal,
): readonly (readonly [string, Said<AppSecret>])[] {
  return Object.entries(secrets)
    .filter(([name]) => !isDerived(seen.variables[name]?.value ?? ''))
    .map(([name, from]) => [name, { value: { description: `Copilot had it in ${from}` }, why: file }] as const);
}

function ownDatabase({ processes }: Conversion, seen: Proposal): readonly string[] {
  const names = new Set(
    processes
      .flatMap(({ variables, secrets }) => [...Object.keys(variables), ...Object.keys(secrets)])
      .filter((name) => isDerived(seen.variables[name]?.value ?? '')),
  );
  if (names.size === 0) return [];
  return [
    `${[...names].join(', ')}: derived by the stack, from a database of its own. What is in the one that Copilot used, you have to move.`,
  ];
}
