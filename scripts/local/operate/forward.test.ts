import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Docker } from '../engine/docker.ts';
import { serviceAnswer, taskAnswer } from '../testing/engine-answers.ts';
import { forwardToTask } from './forward.ts';

const place = { projectDirectory: '/project', instance: 'example', environment: 'staging' };
const bytes = 100_000;
const folder = mkdtempSync(join(tmpdir(), 'forward-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An engine with one task; what is started in it has ended before the last of its answer is read. */
function engine(): Docker {
  const executable = join(folder, 'docker');
  writeFileSync(executable, `#!/bin/sh\n(sleep 0.2; head -c ${bytes} /dev/zero) &\n`);
  chmodSync(executable, 0o755);
  const answers: Readonly<Record<string, unknown>> = {
    '/services': [serviceAnswer(1)],
    '/tasks': [taskAnswer('new', '2026-01-01')],
    '/containers/new-container/json': {
      Id: 'new-container',
      Image: 'x',
      State: { Running: true, ExitCode: 0, OOMKilled: false },
    },
  };
  return {
    executable,
    api: { get: async (path) => answers[path] },
    run: () => expect.unreachable(),
    lines: () => expect.unreachable(),
    attempt: () => expect.unreachable(),
  };
}

describe('a forwarded port', () => {
  it('gives all that was answered, although what answered has ended', async () => {
    const tunnel = await forwardToTask(engine(), place, { port: 80, localPort: 0 });
    const socket = connect(tunnel.localPort, '127.0.0.1');
    let received = 0;
    for await (const chunk of socket) received += (chunk as Buffer).length;
    await tunnel.close();

    expect(received).toBe(bytes);
  });
});
