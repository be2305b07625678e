import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DocsController } from './docs.controller.ts';

function built(files: Readonly<Record<string, Buffer>>) {
  const directory = mkdtempSync(join(tmpdir(), 'docs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const write = () => {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(directory, name), content);
    }
  };
  const headers: Record<string, unknown> = {};
  const reply = { header: (name: string, value: unknown) => Object.assign(headers, { [name]: value }) };
  return { directory, write, headers, reply: reply as unknown as FastifyReply, docs: new DocsController(directory) };
}

describe('the files of the reference', () => {
  it('are read and unpacked once, however often they are asked for', async () => {
    const { directory, write, headers, reply, docs } = built({ 'swagger-ui.js.gz': gzipSync('viewer') });
    write();
    const asked = async () => [
      `${await docs.viewer(undefined, reply)}`,
      (await docs.viewer('br, gzip', reply)).equals(gzipSync('viewer')),
    ];
    expect(await asked()).toEqual(['viewer', true]);
    rmSync(directory, { recursive: true });
    expect(await asked()).toEqual(['viewer', true]);
    expect(headers).toEqual({ vary: 'accept-encoding', 'content-encoding': 'gzip' });
  });

  it('are read again after that failed', async () => {
    const { write, docs } = built({ 'openapi.json': Buffer.from('{}') });
    await expect(docs.document()).rejects.toThrow('ENOENT');
    write();
    expect(`${await docs.document()}`).toBe('{}');
  });
});
