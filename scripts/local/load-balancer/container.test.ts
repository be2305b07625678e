import { describe, expect, it } from 'vitest';

import { loadBalancerArguments, parseServing, renderedLabel } from './container.ts';

const container = {
  name: 'example-staging-load-balancer',
  image: 'haproxy:lts',
  network: 'example-staging',
  port: 8080,
  configFolder: '/project/.stack/example/staging/load-balancer',
  labels: { 'stack.instance': 'example' },
};

describe('the container of the load balancer', () => {
  it('is published on the loopback interface only', () => {
    const args = loadBalancerArguments(container);
    const published = args.filter((_, index) => args[index - 1] === '--publish');
    expect(published).toEqual(['127.0.0.1:8080:8080', '127.0.0.1::8404']);
  });

  it('cannot write anything', () => {
    expect(loadBalancerArguments(container)).toContain('--read-only');
    expect(loadBalancerArguments(container).join(' ')).toContain(`${container.configFolder}:/usr/local/etc/haproxy:ro`);
  });

  it('is recognized as another one when its port, image or folder is another', () => {
    const labels = [
      container,
      { ...container, port: 8081 },
      { ...container, image: 'x' },
      { ...container, configFolder: '/x' },
    ];
    expect(new Set(labels.map(renderedLabel)).size).toBe(4);
    expect(renderedLabel(container)).toMatch(/^[0-9a-f]{16}$/);
  });
});

it('knows from the statistics which tasks get requests', () => {
  const csv = `# pxname,svname,status,weight,addr,cookie
listener,FRONTEND,OPEN,,,
api,task1,UP,1,10.0.1.7:3000,
api,task2,UP 1/2,1,10.0.1.8:3000,
api,task3,DOWN,1,10.0.1.9:3000,
api,task4,MAINT (resolution),1,,
api,BACKEND,UP,2,,
other,task1,UP,1,10.0.9.9:3000,
`;
  expect(parseServing(csv, 'api')).toEqual(['10.0.1.7', '10.0.1.8']);
});
