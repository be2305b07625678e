import { expect, it } from 'vitest';
import { writtenPaths } from './writes.ts';

it('tells what was written outside of the folders that a process may write to', () => {
  const diff = [
    'C /srv',
    'A /srv/uploads',
    'A /srv/uploads/a.png',
    'C /app',
    'A /app/cache',
    'A /tmp',
    'D /etc/motd',
    'C /usr',
    'C /usr/sbin',
    'A /usr/sbin/docker-init',
    'A /run/secrets',
    'C /etc',
    'C /etc/hosts',
  ].join('\n');
  expect(writtenPaths(diff, ['/tmp', '/app/cache'])).toEqual(['/srv/uploads/a.png', '/etc/motd']);
});

it('tells nothing of a process that wrote nothing', () => {
  expect(writtenPaths('', ['/tmp'])).toEqual([]);
  expect(writtenPaths('C /srv\nA /srv/files', ['/srv/files'])).toEqual([]);
});
