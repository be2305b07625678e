import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import type { Paint } from '../output/paint.ts';
import type { Summary } from '../output/summary.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { CheckedPrerequisite } from '../release/prerequisites.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command))).action(async (environment: string, options: TargetOptions) => {
    await start(options, async ({ terminal, paint }) => {
      const startedAt = systemClock.now();
      const { checkPrerequisites } = await import('../release/prerequisites.ts');
      const { freezePrerequisite } = await import('../release/freeze.ts');
      const { projectPrerequisites } = await import('./project-prerequisites.ts');
      const { openEnvironmentTarget } = await import('./session.ts');
      const target = await openEnvironmentTarget(terminal, options, environment);
      const checked = await checkPrerequisites([
        ...projectPrerequisites(terminal.projectDirectory, environment),
        ...target.prerequisites(environment),
        freezePrerequisite(target, environment),
      ]);
      const count = (asked: CheckedPrerequisite['outcome']) =>
        checked.filter(({ outcome }) => outcome === asked).length;
      const [unmet, unknown] = [count('unmet'), count('unknown')];
      const seconds = secondsSince(systemClock, startedAt);
      return {
        json: { environment, target: options.target, passed: unmet === 0, prerequisites: checked, seconds },
        text: checked.map((prerequisite) => renderPrerequisite(prerequisite, paint)).join('\n'),
        summary: {
          ...doctorSummary(`up ${environment} on target ${options.target}`, {
            checked: checked.length,
            unmet,
            unknown,
          }),
          seconds,
          next:
            unmet === 0
              ? [{ command: stackCommand(options.target, 'up', environment), purpose: 'deploy it' }]
              : [{ command: stackCommand(options.target, 'doctor', environment), purpose: 'check again' }],
        },
      };
    });
  });
}

interface Counts {
  readonly checked: number;
  readonly unmet: number;
  readonly unknown: number;
}

/** What the checks come to. What could not be checked is never counted as met. */
export function doctorSummary(command: string, { checked, unmet, unknown }: Counts): Pick<Summary, 'did' | 'ending'> {
  const of = (count: number) => `${count} of ${checked} prerequisites`;
  if (unmet > 0) return { did: `${command}: ${of(unmet)} ${unmet === 1 ? 'is' : 'are'} not met`, ending: 'found' };
  if (unknown > 0) {
    return { did: `${command}: nothing is missing, but ${of(unknown)} could not be checked`, ending: 'attention' };
  }
  return { did: `${command} has everything it needs`, ending: 'done' };
}

export function renderPrerequisite(checked: CheckedPrerequisite, paint: Paint): string {
  const { name, outcome, value, reason, remedy } = checked;
  if (outcome === 'met') return `${paint('green', '✓')} ${name}${value === undefined ? '' : `: ${value}`}`;
  if (outcome === 'skipped') return paint('dim', `– ${name}: skipped, ${reason}`);
  if (outcome === 'unknown') return `${paint('yellow', '?')} ${name}: ${reason}`;
  const line = `${paint('red', '✗')} ${name}: ${reason}`;
  return remedy === undefined ? line : `${line}\n  ${paint('cyan', '→')} ${remedy}`;
}
