/** Whether the work tree differed from the commit that a release or a program names. */
function isDirty(commit: string): boolean {
  return commit.endsWith('-dirty');
}

/** Whether the release or the program can be checked out: neither `unknown` nor with changes on top. */
export function isCommitted(commit: string): boolean {
  return commit !== 'unknown' && !isDirty(commit);
}

/** `0a1b2c3d4e5f-dirty`: what tells commits apart, and whether the work tree differed from it. */
export function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]+/, '$1');
}
