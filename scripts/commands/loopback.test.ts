import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exemptLoopback } from './loopback.ts';

const exempted = (variables: Record<string, string>) => {
  exemptLoopback(variables);
  return variables;
};

describe('this machine', () => {
  it.each([
    ['nothing was exempted', {}, '127.0.0.1,localhost,::1'],
    ['others were', { NO_PROXY: 'example.com, localhost' }, 'example.com,localhost,127.0.0.1,::1'],
    ['they were in small letters', { no_proxy: 'example.com' }, 'example.com,127.0.0.1,localhost,::1'],
  ])('is exempted from proxies where %s', (_, variables, expected) => {
    expect(exempted({ ...variables })).toMatchObject({ NO_PROXY: expected, no_proxy: expected });
  });

  it('needs no exemption where everything has one', () => {
    expect(exempted({ NO_PROXY: '*', no_proxy: '*' })).toEqual({ NO_PROXY: '*', no_proxy: '*' });
  });

  it('is reached past a proxy that everything else goes through', () => {
    const module = JSON.stringify(join(import.meta.dirname, 'loopback.ts'));
    const program = `
      import { createServer } from 'node:http';
      const { exemptLoopback } = await import(${module});
      const server = createServer((_, response) => response.end('served'));
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      const ask = () => fetch('http://127.0.0.1:' + server.address().port).then((answer) => answer.text(), () => 'proxied');
      const before = await ask();
      exemptLoopback(process.env);
      console.log(before, await ask());
      process.exit();`;
    const { NO_PROXY: _, no_proxy: __, http_proxy: ___, ...rest } = process.env;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      // Nothing listens there.
      env: { ...rest, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9' },
      encoding: 'utf8',
    });

    expect(stdout).toBe('proxied served\n');
  });
});
