import { join, sep } from 'node:path';

const programs = join('.stack', 'programs');

/** Where the program of a commit is checked out: inside the project, so that it finds the project's packages. */
export function earlierProgramDirectory(projectDirectory: string, commit: string): string {
  return join(projectDirectory, programs, commit);
}

/** Whether a project is one that was checked out there. What it says may be from before settings were renamed or removed. */
export function isEarlierProgram(projectDirectory: string): boolean {
  return projectDirectory.includes(`${sep}${programs}${sep}`);
}
