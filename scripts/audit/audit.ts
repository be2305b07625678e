import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkApiModels } from './api-models.ts';
import { runCheckov } from './checkov.ts';
import { type Acceptance, type Finding, type Judgement, judge } from './findings.ts';
import { lintPolicies } from './policy-lint.ts';
import { publishedReference } from './reference-file.ts';
import type { ServiceAuthorization } from './service-authorization.ts';
import { validateTerraform } from './terraform-validate.ts';
import { allVariants, evaluateAll, scanned } from './variants.ts';

/** A rule set that had its say. */
interface Looked {
  readonly ruleSet: string;
  /** What it looked at, with its number: a rule set that saw nothing proves nothing. */
  readonly at: string;
  readonly count: number;
}

export interface Audit extends Judgement {
  readonly looked: readonly Looked[];
  readonly skipped: readonly { readonly ruleSet: string; readonly reason: string }[];
  /** The permissions reference as it is published now. */
  readonly reference: ServiceAuthorization;
}

const acceptances = z.array(
  z.strictObject({
    rule: z.string(),
    resources: z.array(z.string()).optional(),
    reason: z.string().regex(/\S+ \S+/),
  }),
);

/** The findings that stay as they are, each with its reason. */
export function readAcceptances(): readonly Acceptance[] {
  const text = readFileSync(join(import.meta.dirname, 'accepted-findings.json'), 'utf8');
  return acceptances.parse(JSON.parse(text)).map(({ rule, resources, reason }) => ({
    rule,
    reason,
    ...(resources === undefined ? {} : { resources }),
  }));
}

/**
 * Runs every rule set over what the program would create, and compares what they find with what was accepted.
 *
 * @param bin folder of the executables of the installed rule sets
 */
export async function audit(projectDirectory: string, bin: string): Promise<Audit> {
  const python = join(bin, 'python');
  const variants = await evaluateAll(projectDirectory, allVariants);
  const scan = variants.filter(({ name }) => scanned.some((variant) => variant.name === name));
  const reference = await publishedReference(python, variants);
  const permissions = lintPolicies(variants, reference);
  const models = await checkApiModels(python, variants);
  const checkov = await runCheckov(bin, scan);
  const terraform = await validateTerraform(scan);
  const findings: Finding[] = [...permissions, ...models.findings, ...checkov.findings, ...terraform.findings];
  const looked = [
    { ruleSet: 'permissions', at: 'actions', count: countActions(reference) },
    { ruleSet: 'api-model', at: 'calls', count: models.calls },
    { ruleSet: 'checkov', at: 'checks that passed', count: checkov.passed },
    ...(terraform.valid.length + terraform.findings.length === 0
      ? []
      : [{ ruleSet: 'terraform', at: 'valid files', count: terraform.valid.length }]),
  ];
  return {
    ...judge(
      findings,
      readAcceptances(),
      looked.map(({ ruleSet }) => ruleSet),
    ),
    looked,
    skipped: terraform.skipped === undefined ? [] : [{ ruleSet: 'terraform', reason: terraform.skipped }],
    reference,
  };
}

function countActions({ services }: ServiceAuthorization): number {
  return Object.values(services).reduce((sum, { actions }) => sum + Object.keys(actions).length, 0);
}
