import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import type { Paint } from '../output/paint.ts';
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
      const { projectPrerequisites } = await import('./project-prerequisites.ts');
      const { openEnvironmentTarget } = await import('./session.ts');
      const target = await openEnvironmentTarget(terminal, options, environment);
      const checked = await checkPrerequisites([
        ...projectPrerequisites(terminal.projectDirectory, environment),
        ...target.prerequisites(environment),
      ]);
      const unmet = checked.filter(({ outcome }) => outcome === 'unmet').length;
      const seconds = secondsSince(systemClock, startedAt);
      return {
        json: { environment, target: options.target, passed: unmet === 0, prerequisites: checked, seconds },
        text: checked.map((prerequisite) => renderPrerequisite(prerequisite, paint)).join('\n'),
        summary: {
          did:
            unmet === 0
              ? `Everything is there for ${environment} on target ${options.target}`
              : `${unmet} of ${checked.length} prerequisites are not met`,
          passed: unmet === 0,
          seconds,
          next:
            unmet === 0
              ? [{ command: stackCommand(options.target, 'up', environment), purpose: 'bring it up' }]
              : [{ command: stackCommand(options.target, 'doctor', environment), purpose: 'check again' }],
        },
      };
    });
  });
}

export function renderPrerequisite({ name, outcome, reason, remedy }: CheckedPrerequisite, paint: Paint): string {
  if (outcome === 'met') return `${paint('green', '✓')} ${name}`;
  if (outcome === 'skipped') return paint('dim', `– ${name}: skipped, ${reason}`);
  const line = `${paint('red', '✗')} ${name}: ${reason}`;
  return remedy === undefined ? line : `${line}\n  ${paint('cyan', '→')} ${remedy}`;
}
