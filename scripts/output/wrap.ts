/** Breaks a text between words; a word longer than the width gets a line of its own. Every line is indented. */
export function wrapWords(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const current = lines.at(-1);
    const longer = `${current} ${word}`;
    if (current === undefined || longer.length > width) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
