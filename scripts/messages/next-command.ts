import type { Target } from '../release/target.ts';

/** How a command of this CLI is typed. `local` is the default target, so only the others are named. */
export function stackCommand(target: Target['kind'], ...words: readonly string[]): string {
  return ['npm run stack --', ...words, ...(target === 'local' ? [] : ['--target', target])].join(' ');
}
