/** How a command of this CLI is typed. `local` is the default target, so only the other one is named. */
export function stackCommand(target: 'local' | 'aws', ...words: readonly string[]): string {
  return ['npm run stack --', ...words, ...(target === 'local' ? [] : ['--target', target])].join(' ');
}

/** The promotions that may follow, as a summary suggests them. @param successors environments that promote from the one at hand */
export function promotionsTo(target: 'local' | 'aws', successors: readonly string[]) {
  return successors.map((to) => ({
    command: stackCommand(target, 'promote', to),
    purpose: `deploy this release to ${to}`,
  }));
}
