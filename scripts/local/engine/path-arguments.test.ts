import { describe, expect, it } from 'vitest';
import { bindMount, csvField } from './path-arguments.ts';

describe('a path on the command line of Docker', () => {
  it('is quoted as CSV asks for where it has a comma or a quote', () => {
    expect(csvField('/work/my project')).toBe('/work/my project');
    expect(csvField('/work/a, "b"')).toBe('"/work/a, ""b"""');
  });

  it('is mounted as a volume, and field by field where it has a colon', () => {
    expect(bindMount('/work/a, b', '/config')).toEqual(['--volume', '/work/a, b:/config:ro']);
    expect(bindMount('/run/a.sock', '/run/a.sock', { writable: true })).toEqual([
      '--volume',
      '/run/a.sock:/run/a.sock',
    ]);
    expect(bindMount('/work/a:b, c', '/config')).toEqual([
      '--mount',
      'type=bind,"source=/work/a:b, c",target=/config,readonly',
    ]);
  });
});
