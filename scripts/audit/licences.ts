import { z } from 'zod';

const licence = z.union([
  z.object({ license: z.object({ id: z.string().optional(), name: z.string().optional() }) }),
  z.object({ expression: z.string() }),
]);

/** What npm writes of a project: https://cyclonedx.org/docs/1.5/json/ */
export const billSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  compositions: z.array(z.looseObject({ aggregate: z.string() })).optional(),
  components: z.array(
    z.looseObject({ name: z.string(), version: z.string().optional(), licenses: z.array(licence).optional() }),
  ),
});

export type Bill = z.output<typeof billSchema>;

/** Licences under which a company can run what it did not write, without a duty to publish its own. */
const permitted: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'PSF-2.0',
  'Unlicense',
  'Zlib',
];

/** Packages with another licence, or with none where npm looks for it, and why they are accepted. */
const accepted: readonly { readonly name: RegExp; readonly why: string }[] = [
  { name: /^lightningcss(-|$)/, why: 'MPL-2.0, which is about its own files: a tool of the tests, in no image' },
  { name: /^elkjs$/, why: 'EPL-2.0, which is about its own files: lays out the diagram, in no image' },
  { name: /^spdx-exceptions$/, why: 'CC-BY-3.0: a list of names, for a tool of npm, in no image' },
  {
    name: /^@biomejs\/cli-/,
    why: 'builds of @biomejs/biome, which is MIT OR Apache-2.0; the lock file has no licence',
  },
  { name: /^@oxc-parser\/binding-/, why: 'builds of oxc-parser, which is MIT; the lock file has no licence' },
  { name: /^@logdna\/tail-file$/, why: 'MIT by the file in the package' },
  { name: /^(busboy|streamsearch)$/, why: 'MIT, in the older form of package.json' },
  { name: /^(app|nest-fargate)$/, why: 'this project' },
];

export interface LicenceReport {
  /** How many packages have which licence. */
  readonly counts: Readonly<Record<string, number>>;
  /** Packages with a licence that is not permitted, or with none, and not accepted by name. */
  readonly refused: readonly { readonly name: string; readonly licence: string }[];
  readonly accepted: readonly { readonly name: string; readonly licence: string; readonly why: string }[];
}

/** Unknown is not permitted: a package without a licence gives no right to run it. */
export function checkLicences({ components }: Bill): LicenceReport {
  const counts: Record<string, number> = {};
  const refused: { name: string; licence: string }[] = [];
  const byName: { name: string; licence: string; why: string }[] = [];
  for (const component of components) {
    const expressions = (component.licenses ?? []).map((one) =>
      'expression' in one ? one.expression : (one.license.id ?? one.license.name ?? ''),
    );
    const shown = expressions.length === 0 ? 'none' : expressions.join(' or ');
    counts[shown] = (counts[shown] ?? 0) + 1;
    if (expressions.some(isPermitted)) continue;
    const exception = accepted.find(({ name }) => name.test(component.name));
    if (exception === undefined) refused.push({ name: component.name, licence: shown });
    else byName.push({ name: component.name, licence: shown, why: exception.why });
  }
  return { counts, refused, accepted: byName };
}

/** `MIT OR GPL-3.0` is permitted, as one may choose; `MIT AND GPL-3.0` is not. Deeper expressions are read by people. */
export function isPermitted(expression: string): boolean {
  const flat = expression.replaceAll(/^\(|\)$/g, '');
  if (/[()]/.test(flat)) return false;
  return flat.split(' OR ').some((choice) => choice.split(' AND ').every((name) => permitted.includes(name.trim())));
}
