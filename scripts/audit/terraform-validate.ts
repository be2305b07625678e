import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { answerMs } from '../messages/tool-deadline.ts';
import { exportTerraform } from '../terraform/export.ts';
import { writeHcl } from '../terraform/hcl.ts';
import { type Finding, merge } from './findings.ts';
import { region } from './stand-ins.ts';
import type { EvaluatedVariant } from './variants.ts';

const limitSeconds = 120;

const diagnostics = z.object({
  diagnostics: z.array(
    z.object({
      summary: z.string(),
      detail: z.string().default(''),
      snippet: z.object({ context: z.string().nullish() }).nullish(),
    }),
  ),
});

export interface Validated {
  readonly findings: readonly Finding[];
  readonly valid: readonly string[];
  /** Why the others were not looked at. */
  readonly skipped?: string;
}

/**
 * Has Terraform and its AWS provider check the export, in both of its languages. They are not installed for it: where
 * there is no `terraform`, or none of the versions of the provider that a graph needs, that is skipped.
 */
export async function validateTerraform(variants: readonly EvaluatedVariant[]): Promise<Validated> {
  const { failed } = await execa('terraform', ['version'], { reject: false, timeout: answerMs });
  if (failed) return { findings: [], valid: [], skipped: 'there is no terraform on PATH' };
  const directory = mkdtempSync(join(tmpdir(), 'terraform-'));
  try {
    const findings: Finding[] = [];
    const valid: string[] = [];
    const skipped = new Map<string, Set<string>>();
    for (const { name, graph } of variants) {
      const document = exportTerraform(graph, region);
      const files = { 'main.tf.json': JSON.stringify(document), 'main.tf': writeHcl(document) };
      for (const [file, content] of Object.entries(files)) {
        const place = join(directory, `${name} ${file}`);
        mkdirSync(place);
        writeFileSync(join(place, file), content);
        const found = await validate(place);
        if (typeof found === 'string') skipped.set(found, new Set([...(skipped.get(found) ?? []), name]));
        else if (found.length === 0) valid.push(`${name} as ${file}`);
        else findings.push(...found.map((each) => ({ ...each, variants: [name] })));
      }
    }
    const reasons = [...skipped].map(([reason, names]) => `${reason} (${[...names].join(', ')})`);
    return { findings: merge(findings), valid, ...(reasons.length === 0 ? {} : { skipped: reasons.join('; ') }) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A text says why it could not be checked. */
async function validate(cwd: string): Promise<string | readonly Omit<Finding, 'variants'>[]> {
  const options = { cwd, reject: false, timeout: limitSeconds * 1000 } as const;
  const initialised = await execa('terraform', ['init', '-no-color', '-input=false'], options);
  if (initialised.failed) {
    const [, reason = 'terraform init failed'] = /Error: (.*)/.exec(initialised.stderr) ?? [];
    return reason;
  }
  const { stdout } = await execa('terraform', ['validate', '-json'], options);
  return diagnostics.parse(JSON.parse(stdout)).diagnostics.map(({ summary, detail, snippet }) => ({
    rule: 'terraform validate',
    resource: snippet?.context ?? 'the whole file',
    message: `${summary}: ${detail.split('\n')[0]}`,
  }));
}
