import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { exportTerraform } from '../terraform/export.ts';
import { writeHcl } from '../terraform/hcl.ts';
import { type Finding, merge } from './findings.ts';
import { region } from './stand-ins.ts';
import type { EvaluatedVariant } from './variants.ts';

const limitSeconds = 300;

const check = z.object({
  check_id: z.string(),
  check_name: z.string(),
  resource: z.string(),
  file_path: z.string(),
});
const report = z.object({
  results: z.object({ passed_checks: z.array(check), failed_checks: z.array(check) }),
  summary: z.object({ parsing_errors: z.number() }),
});

/**
 * What Checkov says of the graphs, exported for Terraform.
 *
 * @param bin folder of its executable
 * @throws Error when it could not read an export, or checked nothing
 */
export async function runCheckov(
  bin: string,
  variants: readonly EvaluatedVariant[],
): Promise<{ readonly findings: readonly Finding[]; readonly passed: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'checkov-'));
  try {
    for (const { name, graph } of variants) {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, 'main.tf'), writeHcl(exportTerraform(graph, region)));
    }
    const { stdout, stderr } = await execa(
      join(bin, 'python'),
      [
        join(bin, 'checkov'),
        '--directory',
        directory,
        '--framework',
        'terraform',
        '--output',
        'json',
        '--skip-download',
        '--soft-fail',
      ],
      { timeout: limitSeconds * 1000, env: { LOG_LEVEL: 'ERROR' } },
    );
    const { results, summary } = report.parse(JSON.parse(stdout));
    if (summary.parsing_errors > 0)
      throw new Error(`Checkov could not read ${summary.parsing_errors} files: ${stderr}`);
    if (results.passed_checks.length === 0) throw new Error(`Checkov checked nothing: ${stderr || stdout}`);
    const findings = results.failed_checks.map((failed) => ({
      rule: `checkov ${failed.check_id}`,
      resource: failed.resource,
      message: failed.check_name,
      variants: [String(failed.file_path.split('/').at(-2))],
    }));
    return { findings: merge(findings), passed: results.passed_checks.length };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
