import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { prepareEngine } from '../local/apply/prepare.ts';
import { createEngineFinder, requireReady } from '../local/engine/engine.ts';
import { isRootOnDebian } from '../local/engine/engine-install.ts';
import { baseNames } from '../local/images/base-names.ts';
import { UserError } from '../messages/user-error.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

/**
 * Brings the Docker engine and the base images about before the tests that need them, as `stack up` does. Where Docker
 * is missing and can't be installed from here, those tests are skipped, and it is said why; anything else that goes
 * wrong fails the run.
 */
export default async function setup(project: TestProject): Promise<void> {
  const { STACK_DOCKER: dockerExecutable, NODE_EXTRA_CA_CERTS: caFile } = process.env;
  const find = createEngineFinder({ executable: dockerExecutable });
  const found = await find();
  if (found.state !== 'ready' && !(await isRootOnDebian())) {
    try {
      requireReady(found);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      process.stdout.write(`skipped: every test that needs Docker: ${error.message} ${error.remedy ?? ''}\n`);
      // Matches no test: all are reported as skipped, and their hooks don't run.
      project.config.testNamePattern = /(?!)/;
      return;
    }
  }
  const say = (line: string) => process.stdout.write(`${line}\n`);
  await prepareEngine(
    {
      projectDirectory,
      options: { find, dockerExecutable, baseSource: undefined, caFile, port: undefined },
      // The one test that needs it makes it, where there is Python.
      bases: baseNames.filter((name) => name !== 'ministack'),
      progress: { step: say, detail: (line) => say(`  ${line}`) },
      signal: new AbortController().signal,
    },
    async () => undefined,
  );
}
