import type { LocalFacts } from '../translate/local-facts.ts';

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
  valkeyImage: 'sha256:dddd',
  port: 8080,
  secretFingerprints: { 'database-password': 'secret1', 'valkey-password': 'secret2' },
  certificates: {
    database: { authority: 'PEM of the database', fingerprint: 'certificate1' },
    valkey: { authority: 'PEM of Valkey', fingerprint: 'certificate2' },
  },
};
