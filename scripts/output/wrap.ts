import { stripVTControlCharacters } from 'node:util';

/** How many columns a text takes: colours take none. */
export function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Columns of a terminal; `undefined` where it does not say, for which some report 0, and where there is none. */
export function widthOf({ columns }: { readonly columns?: number | undefined }): number | undefined {
  return columns === undefined || columns <= 0 ? undefined : columns;
}

/** Breaks a text between words; a word longer than the width gets a line of its own. Every line is indented. */
export function wrapWords(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const current = lines.at(-1);
    const longer = `${current} ${word}`;
    if (current === undefined || visibleLength(longer) > width) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** As {@link wrapWords}, for a line that is indented already: what continues it stands further in. */
export function wrapLine(line: string, width: number): readonly string[] {
  if (visibleLength(line) <= width) return [line];
  const indent = ' '.repeat(line.length - line.trimStart().length);
  const [first = '', ...rest] = wrapWords(line, width, `${indent}  `);
  return [`${indent}${first.trimStart()}`, ...rest];
}
