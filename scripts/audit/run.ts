import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes } from '../messages/exit-code.ts';
import { userErrorOf } from '../messages/known-error.ts';
import { type Audit, audit } from './audit.ts';
import type { Finding } from './findings.ts';
import { writeReference } from './reference-file.ts';
import { installRuleSets } from './tools.ts';

/** `npm run audit:infra`: rule sets of others, over what the program would create. */
const { values } = parseArgs({ options: { 'update-reference': { type: 'boolean' }, accepted: { type: 'boolean' } } });
const installed = await installRuleSets();
if ('missing' in installed) {
  process.stderr.write(`✗ The rule sets cannot run: ${installed.missing}.\n`);
  process.exitCode = exitCodes.failed;
} else {
  const result = await audit(resolve(import.meta.dirname, '..', '..'), installed.bin).catch((error: unknown) => {
    const failed = userErrorOf(error);
    if (failed === undefined) throw error;
    process.stderr.write(`✗ ${failed.message}\n\n${failed.details}\n\n  → ${failed.remedy}\n`);
    process.exit(exitCodes.failed);
  });
  if (values['update-reference']) writeReference(result.reference);
  process.stdout.write(render(result, values.accepted === true));
  process.exitCode = result.open.length + result.stale.length > 0 ? exitCodes.found : exitCodes.done;
}

function render({ looked, skipped, open, accepted, stale }: Audit, showAccepted: boolean): string {
  const lines = [
    ...looked.map(({ ruleSet, at, count }) => `› ${ruleSet}: ${count} ${at}`),
    ...skipped.map(({ ruleSet, reason }) => `› ${ruleSet} skipped: ${reason}`),
    ...(showAccepted ? accepted.map((finding) => `› accepted: ${line(finding)}`) : []),
    ...open.map((finding) => `✗ ${line(finding)}`),
    ...stale.map((acceptance) => `✗ accepted, but no longer found: ${acceptance}`),
    open.length + stale.length === 0
      ? `✓ Nothing found but ${accepted.length} accepted findings`
      : '  → Fix it, or change scripts/audit/accepted-findings.json: each acceptance has a reason.',
  ];
  return `${lines.join('\n')}\n`;
}

function line({ rule, resource, message, variants }: Finding): string {
  const [first = ''] = variants;
  const where = variants.length === 1 ? first : `${first} and ${variants.length - 1} more`;
  return `${rule}: ${resource}: ${message} (${where})`;
}
