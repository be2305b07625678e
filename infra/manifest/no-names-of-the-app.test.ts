import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { apiVariableNames, migrateVariableNames, workerVariableNames } from '../../app/src/env/env.ts';
import { projectFiles } from '../../scripts/testing/project-files.ts';
import { projectDirectory } from '../testing/graph-of.ts';

/** What Node, AWS and the stack itself call so, too. */
const common = new Set(['NODE_ENV', 'AWS_REGION', 'PORT', 'ENVIRONMENT', 'RELEASE_VERSION', 'RELEASE_COMMIT']);
const variables = [...apiVariableNames(), ...workerVariableNames(), ...migrateVariableNames()];
const names = [...new Set(variables)].filter((name) => !common.has(name));
const files = ['dist/main', 'dist/worker', 'dist/migrate', 'dist/healthcheck', 'app/smoke\\.ts'];
const paths = ["'/ready\\b", "'/health'", "'/version'", '`/ready', '/health`'];
const pattern = new RegExp(`\\b(?:${[...names, ...files].join('|')})\\b|${paths.join('|')}`);

/** With the reason. */
const exempt: Readonly<Record<string, string>> = {
  'scripts/local/translate/database.ts': 'variables of the start script of Postgres',
  'scripts/local/engine/engine-install.ts': 'the version of the Docker API',
  'scripts/local/engine/engine.ts': 'the version of the Docker API',
  'scripts/local/prerequisites.ts': 'the version of the Docker API',
  'scripts/audit/checkov.ts': 'a variable of Checkov',
  'scripts/docs/drawings/flow.ts': 'a drawing of this repository',
  'infra/manifest/app.ts': 'examples',
  'infra/manifest/parse.ts': 'examples',
};

it('the stack knows no variable, path or file of the bundled app', () => {
  const product = projectFiles()
    .filter((file) => /^(infra|scripts)\//.test(file))
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\/testing\//.test(file) && exempt[file] === undefined)
    // What apps call things: `stack init` looks for these names in any of them.
    .filter((file) => !file.startsWith('scripts/init/'));
  const found = product.flatMap((file) =>
    readFileSync(join(projectDirectory, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );

  expect(product.length).toBeGreaterThan(200);
  expect(found).toEqual([]);
});
