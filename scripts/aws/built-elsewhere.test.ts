import { describe, expect, it } from 'vitest';
import { namesOf } from './names.ts';
import { builtElsewhere } from './registry.ts';

const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const digest = `sha256:${'ab'.repeat(32)}`;

describe('an image that was built elsewhere', () => {
  it('is named after its digest', () => {
    const image = `${host}/nest-fargate-staging@${digest}`;
    expect(builtElsewhere(namesOf('staging'), image)).toEqual({
      version: 'image-abababababab',
      image,
      digest,
      commit: 'unknown',
    });
  });

  it.each([`${host}/nest-fargate-staging:1.0.0`, `${host}/another@${digest}`, `my-api@${digest}`, 'my-api:1'])(
    'cannot be %s',
    (image) => {
      expect(() => builtElsewhere(namesOf('staging'), image)).toThrow(
        expect.objectContaining({
          code: 'IMAGE_FOREIGN',
          remedy: expect.stringContaining('nest-fargate-staging@sha256:'),
        }),
      );
    },
  );
});
