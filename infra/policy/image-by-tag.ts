import { aboutContainers, type NamedRule } from './rule.ts';

/** A token of the graph stands for the digest of an image that has not been pushed yet. */
const isDigest = (image: unknown) =>
  /@sha256:[0-9a-f]{64}$/.test(String(image)) || /^@\{docker:index\/image:Image::.*::repoDigest\}$/.test(String(image));

/** A tag can move, so what runs may not be what was tested. */
export const imageByTag: NamedRule = {
  name: 'image-by-tag',
  description: 'Images are referenced by digest.',
  check: aboutContainers(
    ({ image }) => image !== undefined && !isDigest(image),
    'references its image without a digest.',
  ),
};
