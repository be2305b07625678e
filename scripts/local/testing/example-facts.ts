import type { LocalFacts } from '../translate/stacks.ts';

export const exampleFacts: LocalFacts = {
  instance: 'example',
  checkout: '/project',
  release: {
    version: '1.0.0-a',
    image: 'example/staging:1.0.0-a',
    digest: 'sha256:aaaa',
    commit: 'unknown',
    migrations: [],
  },
  postgresImage: 'sha256:bbbb',
  port: 8080,
  secretFingerprint: 'secrets1',
  authority: 'PEM',
  certificateFingerprint: 'certificate1',
};
