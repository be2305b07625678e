import { aboutContainers, type NamedRule } from './rule.ts';

/** A token of the graph stands for a digest that is known once the image is pushed. */
const isDigest = (image: unknown) =>
  /@sha256:[0-9a-f]{64}$/.test(String(image)) || /^@\{docker:index\/image:Image::.*::repoDigest\}$/.test(String(image));

/** A tag can be moved: what was tested would not be what runs. */
export const imageByTag: NamedRule = {
  name: 'image-by-tag',
  description: 'Images are referred to by digest.',
  check: aboutContainers(({ image }) => image !== undefined && !isDigest(image), 'has an image without a digest.'),
};
