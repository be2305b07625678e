import type { Command } from 'commander';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { jsonOption } from './options.ts';

export function define(command: Command, start: Start): void {
  jsonOption(command).action(async (options: { readonly json?: true }) => {
    await start(options, async ({ terminal: { projectDirectory } }) => {
      const startedAt = systemClock.now();
      const { readPromotionChain } = await import('../program/promotion-chain.ts');
      const chain = await readPromotionChain(projectDirectory);
      const { readExpiring } = await import('../program/expiring-environment.ts');
      const environments = chain.environments.map((name) => ({
        name,
        promoteFrom: chain.predecessor(name) ?? null,
        promotesTo: chain.successors(name),
        expires: chain.expiry(name) ?? null,
        madeFrom: readExpiring(projectDirectory, name)?.from ?? null,
      }));
      return {
        json: { first: firstOf(chain), environments },
        text: environments.map(lineOf).join('\n'),
        summary: {
          did: environments.length === 1 ? '1 environment' : `${environments.length} environments`,
          seconds: secondsSince(systemClock, startedAt),
        },
      };
    });
  });
}

/** Nothing is guessed where the stack files leave a choice, and listing them is no mistake then. */
function firstOf(chain: { first(): string }): string | null {
  try {
    return chain.first();
  } catch {
    return null;
  }
}

interface Line {
  readonly name: string;
  readonly promoteFrom: string | null;
  readonly expires: string | null;
  readonly madeFrom: string | null;
}

function lineOf({ name, promoteFrom, expires, madeFrom }: Line): string {
  return [
    name,
    ...(promoteFrom === null ? [] : [`promoted from ${promoteFrom}`]),
    ...(madeFrom === null ? [] : [`made from ${madeFrom}`]),
    ...(expires === null ? [] : [`expires at ${expires}`]),
  ].join(', ');
}
