/** How a command of this CLI is typed. `local` is the default target, so only the other one is named. */
export function stackCommand(target: 'local' | 'aws', ...words: readonly string[]): string {
  return ['npm run stack --', ...words, ...(target === 'local' ? [] : ['--target', target])].join(' ');
}
