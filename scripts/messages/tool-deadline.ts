/** How long a program may take to answer a question: its version, a setting, what it knows. */
export const answerMs = 30_000;

/** How long a program may work on files, or fetch them: the packages of a project over a slow network take minutes. */
export const workMs = 15 * 60_000;
