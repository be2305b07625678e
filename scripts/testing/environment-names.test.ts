import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

const root = resolve(import.meta.dirname, '../..');

/** With the reason. Folders called testing hold fixtures. */
const exempt: Readonly<Record<string, string>> = {
  '.github/CODEOWNERS.example': 'an example to edit',
  'infra/settings/keys/continuous-delivery.ts': 'an example of a value',
  'infra/settings/keys/release.ts': 'an example of a value',
  'infra/settings/keys/operation.ts': 'an example of a value',
  'infra/manifest/sources.ts': 'an example of a value',
  'scripts/audit/accepted-findings.json': 'reasons for the settings of this repository’s own stack files',
  'scripts/audit/variants.ts': 'what the audit evaluates: this repository’s own stack files',
  'scripts/docs/write-alarms-page.ts': 'an environment of the examples',
  'scripts/docs/drawings/flow.ts': 'a drawing of this repository',
  'scripts/docs/drawings/overview.ts': 'a drawing of this repository',
  'scripts/init/dockerfile-text.ts': 'options of package managers',
  'scripts/init/plan.ts': 'names of npm scripts',
  'scripts/init/survey.ts': 'names of npm scripts',
};

/** Comments may give examples. */
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)(\/\/|#).*$/gm, '');

it('code knows no environment by name: stack files name them, and promoteFrom says how they follow each other', () => {
  const code = projectFiles()
    .filter((file) => /^(infra|scripts|\.github)\//.test(file))
    .filter((file) => /\.(ts|cjs|js|json|py|yml|yaml|example)$/.test(file))
    .filter((file) => !/\.test\.ts$|\/testing\//.test(file) && exempt[file] === undefined);
  const found = code.flatMap((file) =>
    withoutComments(readFileSync(join(root, file), 'utf8'))
      .split('\n')
      .flatMap((line) => (/\b(staging|prod)\b/i.test(line) ? [`${file}: ${line.trim()}`] : [])),
  );

  expect(code.length).toBeGreaterThan(250);
  expect(found).toEqual([]);
});

it('every exemption is needed', () => {
  const idle = Object.keys(exempt).filter(
    (file) => !/\b(staging|prod)\b/i.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(idle).toEqual([]);
});
