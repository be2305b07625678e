import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes } from '../messages/exit-code.ts';
import { userErrorOf } from '../messages/known-error.ts';
import { imageBill, type Scope, writeBill } from './bill-of-materials.ts';
import { readImagePackages } from './image-packages.ts';
import { type Bill, checkLicences } from './licences.ts';

/**
 * `npm run sbom`: writes the bills of materials to `sbom/`, and ends with 1 where a licence is not accepted. With
 * `-- --image <image>` also that of the packages of the image's distribution, of which no licence is judged.
 */
const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'sbom');

async function save(name: string, bill: Bill): Promise<void> {
  const file = join(folder, `${name}.cdx.json`);
  await writeFile(file, `${JSON.stringify(bill, null, 2)}\n`);
  const unknown = bill.compositions?.some(({ aggregate }) => aggregate === 'unknown') === true;
  console.log(`${file}: ${unknown ? 'packages unknown' : `${bill.components.length} packages`}`);
}

async function writeNpmBill(scope: Scope): Promise<void> {
  const bill = await writeBill(root, scope);
  await save(scope, bill);
  const { counts, refused, accepted } = checkLicences(bill);
  const listed = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  console.log(`  ${listed.map(([licence, count]) => `${licence} ${count}`).join(', ')}`);
  for (const { name, licence, why } of accepted) console.log(`  accepted: ${name}, ${licence}: ${why}`);
  for (const { name, licence } of refused)
    console.error(`✗ ${name} has the licence ${licence}, which nobody has accepted`);
  if (refused.length > 0) process.exitCode = exitCodes.failed;
}

async function writeImageBill(image: string): Promise<void> {
  const found = await readImagePackages(image);
  await save('image', imageBill(image, found, new Date().toISOString()));
  if ('unknown' in found) {
    console.error(`✗ Which packages of a distribution ${image} contains is unknown: ${found.unknown}`);
    process.exitCode = exitCodes.failed;
    return;
  }
  const { distribution, packages } = found;
  const unlicensed = packages.filter(({ licences }) => licences === undefined).length;
  console.log(
    `  of ${distribution.id} ${distribution.version ?? 'of an unknown version'}; licence unknown: ${unlicensed}`,
  );
}

try {
  const { values } = parseArgs({ options: { image: { type: 'string' } } });
  await mkdir(folder, { recursive: true });
  // That of an earlier image says nothing about this one.
  await rm(join(folder, 'image.cdx.json'), { force: true });
  for (const scope of ['project', 'app'] as const) await writeNpmBill(scope);
  if (values.image !== undefined) await writeImageBill(values.image);
} catch (error) {
  const failed = userErrorOf(error);
  if (failed === undefined) throw error;
  console.error(`✗ ${failed.message}\n  → ${failed.remedy}`);
  process.exitCode = exitCodes.failed;
}
