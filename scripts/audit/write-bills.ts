import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeBill } from './bill-of-materials.ts';
import { checkLicences } from './licences.ts';

/** `npm run sbom`: writes both bills of materials to `sbom/`, and ends with 1 where a licence is not accepted. */
const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'sbom');

await mkdir(folder, { recursive: true });
for (const scope of ['project', 'app'] as const) {
  const bill = await writeBill(root, scope);
  const file = join(folder, `${scope}.cdx.json`);
  await writeFile(file, `${JSON.stringify(bill, null, 2)}\n`);
  const { counts, refused, accepted } = checkLicences(bill);
  const listed = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  console.log(`${file}: ${bill.components.length} packages`);
  console.log(`  ${listed.map(([licence, count]) => `${licence} ${count}`).join(', ')}`);
  for (const { name, licence, why } of accepted) console.log(`  accepted: ${name}, ${licence}: ${why}`);
  for (const { name, licence } of refused)
    console.error(`✗ ${name} has the licence ${licence}, which nobody has accepted`);
  if (refused.length > 0) process.exitCode = 1;
}
