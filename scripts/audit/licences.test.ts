import { expect, it } from 'vitest';
import { writeBill } from './bill-of-materials.ts';
import { billSchema, checkLicences, isPermitted } from './licences.ts';

const root = `${import.meta.dirname}/../..`;
const bill = (...components: object[]) => billSchema.parse({ bomFormat: 'CycloneDX', components });

it.each([
  ['MIT', true],
  ['MIT OR GPL-3.0-only', true],
  ['(BSD-3-Clause AND Apache-2.0)', true],
  ['MIT AND GPL-3.0-only', false],
  ['GPL-3.0-only', false],
  ['(MIT OR GPL-2.0) AND (Apache-2.0 OR GPL-2.0)', false],
  ['', false],
])('%s: permitted %s', (expression, permitted) => {
  expect(isPermitted(expression)).toBe(permitted);
});

it('a package with another licence or none is refused, unless it is accepted by name with a reason', () => {
  const report = checkLicences(
    bill(
      { name: 'good', licenses: [{ license: { id: 'MIT' } }] },
      { name: 'bad', licenses: [{ license: { id: 'AGPL-3.0-only' } }] },
      { name: 'silent' },
      { name: 'lightningcss', licenses: [{ license: { id: 'MPL-2.0' } }] },
    ),
  );
  expect(report.refused).toEqual([
    { name: 'bad', licence: 'AGPL-3.0-only' },
    { name: 'silent', licence: 'none' },
  ]);
  expect(report.accepted).toEqual([{ name: 'lightningcss', licence: 'MPL-2.0', why: expect.any(String) }]);
  expect(report.counts).toEqual({ MIT: 1, 'AGPL-3.0-only': 1, none: 1, 'MPL-2.0': 1 });
});

it('nothing that the project installs, and nothing that its image contains, has a licence that is not accepted', async () => {
  const [project, image] = await Promise.all([writeBill(root, 'project'), writeBill(root, 'app')]);
  expect(checkLicences(project).refused).toEqual([]);
  expect(project.components.length).toBeGreaterThan(image.components.length);
  const inImage = checkLicences(image);
  expect(inImage.refused).toEqual([]);
  expect(inImage.accepted.filter(({ why }) => why.includes('in no image'))).toEqual([]);
}, 120_000);
