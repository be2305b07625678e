/** `0a1b2c3d4e5f-dirty`: what git takes for the commit, and whether the work tree differed from it. */
export function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]+/, '$1');
}
