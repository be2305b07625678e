import { expect, it } from 'vitest';
import { letsThrough } from './door.ts';

const http = { port: 8080, liveness: '/health' };

it('knows which paths of a process the load balancer leads to it', () => {
  const admin = { ...http, route: { path: '/admin/*' } };
  expect(['/admin', '/admin/health', '/health', '/administration'].map((path) => letsThrough(admin, path))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(letsThrough({ ...http, route: { host: 'admin' } }, '/health')).toBe(true);
  expect(letsThrough(http, '/health')).toBe(true);
});
