import { redact } from '../messages/redact.ts';
import type { Incident } from '../release/incident.ts';
import type { Known } from '../release/known.ts';
import type { LogLine } from '../release/target.ts';
import { plain } from './paint.ts';
import { renderStatus } from './status-text.ts';

export interface IncidentFile {
  readonly name: string;
  readonly text: string;
}

export interface IncidentStyle {
  readonly target: 'local' | 'aws';
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Values that are secret, as far as this machine knows them. */
  readonly secrets: readonly string[];
}

/** The files of the bundle, each without secrets; the first one says what is in the others. */
export function incidentFiles(incident: Incident, { target, now, secrets }: IncidentStyle): readonly IncidentFile[] {
  const { environment, status, history, explanation, errors, drift, prerequisites } = incident;
  const parts: readonly (readonly [string, string, Known<string>])[] = [
    [
      'status.txt',
      'what runs, how healthy, alarms, holds',
      { value: renderStatus(status, { target, paint: plain, now }) },
    ],
    ['status.json', 'the same for a program', { value: json(status) }],
    ['releases.json', 'what was tried, the latest first', say(history, json)],
    [
      'tasks.txt',
      'events and stopped tasks with their reasons',
      say(explanation, (text) => text || 'Nothing to explain.'),
    ],
    ['errors.log', 'errors of the tasks, the latest last', say(errors, renderLines)],
    ['changes.txt', 'manual changes since the last update', say(drift, (lines) => lines.join('\n') || 'None found.')],
    [
      'prerequisites.txt',
      'what the next release needs',
      {
        value: prerequisites
          .map(({ name, outcome, value, reason }) => `${outcome} ${name}: ${value ?? reason ?? ''}`.replace(/: $/, ''))
          .join('\n'),
      },
    ],
  ];
  const index = [
    `Incident on ${environment}, target ${target}, collected ${new Date(now).toISOString()}`,
    '',
    ...parts.map(([name, title, part]) =>
      'unknown' in part ? `${name}: unknown, because it could not be read: ${part.unknown}` : `${name}: ${title}`,
    ),
    '',
    'Values that look like a secret, and those that are known to be one, were replaced by [redacted].',
    'Log lines can have personal data: share the files as you share the logs.',
  ].join('\n');
  const files = parts.flatMap(([name, , part]) => ('unknown' in part ? [] : [{ name, text: part.value }]));
  return [{ name: 'README.txt', text: index }, ...files].map(({ name, text }) => ({
    name,
    text: `${redact(text, secrets)}\n`,
  }));
}

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}

function renderLines(lines: readonly LogLine[]): string {
  if (lines.length === 0) return 'No errors were logged.';
  return lines.map(({ at = '', task, text }) => `${at} ${task} ${text}`.trimStart()).join('\n');
}

function say<Value>(known: Known<Value>, render: (value: Value) => string): Known<string> {
  return 'unknown' in known ? known : { value: render(known.value) };
}
