import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Docker } from '../engine/docker.ts';
import { inspectEngine, requireReady } from '../engine/engine.ts';
import { inspectImage, whyNotStartable } from './image.ts';

const tag = `t${process.pid}-layers:1`;
const stored = z.object({ GraphDriver: z.object({ Data: z.object({ UpperDir: z.string() }).nullish() }) });

describe('an image that the engine has', () => {
  let docker: Docker;
  let id = '';
  let layer = '';

  beforeAll(async () => {
    docker = requireReady(await inspectEngine({ executable: process.env['STACK_DOCKER'] })).docker;
    const directory = mkdtempSync(join(tmpdir(), 'layers-'));
    writeFileSync(join(directory, 'file'), tag);
    await docker.run(['import', '--change', 'CMD ["/file"]', await archiveOf(directory), tag]);
    id = (await inspectImage(docker, tag))?.id ?? '';
    layer = stored.parse(await docker.api.get(`/images/${tag}/json`)).GraphDriver.Data?.UpperDir ?? '';
  });
  afterAll(() => docker.run(['rmi', '--force', tag]));

  it('can be started, and nothing is left of the question', async () => {
    const containers = () => docker.run(['ps', '--all', '--quiet', '--filter', `ancestor=${id}`]);
    expect(await whyNotStartable(docker, id)).toBeUndefined();
    expect(await containers()).toBe('');
  });

  it('cannot be started where a layer is missing on the disk, although the engine describes it', async ({ skip }) => {
    if (!layer.startsWith('/') || process.getuid?.() !== 0) skip('the layers of this engine cannot be reached');
    const aside = join(dirname(layer), 'aside');
    renameSync(layer, aside);
    try {
      expect(await inspectImage(docker, id)).toMatchObject({ id });
      expect(await whyNotStartable(docker, id)).toContain('no such file or directory');
    } finally {
      renameSync(aside, layer);
    }
    expect(await whyNotStartable(docker, id)).toBeUndefined();
  });
});

async function archiveOf(directory: string): Promise<string> {
  const archive = `${directory}.tar`;
  await execa('tar', ['--create', '--file', archive, '--directory', directory, '.']);
  rmSync(directory, { recursive: true });
  return archive;
}
