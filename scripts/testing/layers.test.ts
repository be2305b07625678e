import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { beforeAll, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const { forbidden }: { forbidden: IForbiddenRuleType[] } = JSON.parse(
  readFileSync(join(project, '.dependency-cruiser.json'), 'utf8'),
);

/** An import that each rule forbids: a rule that nothing can break says nothing. */
const examples: readonly (readonly [rule: string, from: string, to: string])[] = [
  ['commands-through-flows', 'scripts/commands/up.ts', 'scripts/local/target.ts'],
  ['commands-through-flows', 'scripts/commands/down.ts', 'scripts/pulumi/workspace.ts'],
  ['commands-on-top', 'scripts/release/up.ts', 'scripts/commands/session.ts'],
  ['flows-without-platform', 'scripts/release/down.ts', 'scripts/local/down.ts'],
  ['messages-are-the-ground', 'scripts/messages/commit.ts', 'scripts/release/clock.ts'],
  ['screens-on-top', 'scripts/release/history.ts', 'scripts/output/table.ts'],
  ['dashboard-from-commands', 'scripts/release/status.ts', 'scripts/dashboard/server.ts'],
  ['dashboard-without-platform', 'scripts/dashboard/sources.ts', 'scripts/local/target.ts'],
  ['targets-apart', 'scripts/local/plan.ts', 'scripts/aws/plan.ts'],
  ['targets-apart', 'scripts/local/state/lock.ts', 'scripts/pulumi/locks.ts'],
  ['aws-apart-from-local', 'scripts/aws/lease.ts', 'scripts/local/state/files.ts'],
  ['pulumi-behind-aws', 'scripts/pulumi/cli.ts', 'scripts/aws/clients.ts'],
  ['program-without-platform', 'scripts/program/settings.ts', 'scripts/aws/names.ts'],
  ['pictures-and-prices-from-the-graph', 'scripts/cost/items.ts', 'scripts/release/target.ts'],
  ['pictures-and-prices-from-the-graph', 'scripts/terraform/export.ts', 'scripts/aws/names.ts'],
  ['audit-apart', 'scripts/aws/registry.ts', 'scripts/audit/findings.ts'],
  ['conformance-from-commands', 'scripts/release/verify.ts', 'scripts/conformance/probes.ts'],
  ['drills-from-commands', 'scripts/local/plan.ts', 'scripts/drill/drill.ts'],
  ['drills-are-local', 'scripts/drill/stage.ts', 'scripts/aws/names.ts'],
  ['init-only-looks', 'scripts/init/plan.ts', 'scripts/release/up.ts'],
  ['init-from-commands', 'scripts/release/secrets.ts', 'scripts/init/survey.ts'],
  ['local-translation-is-pure', 'scripts/local/translate/names.ts', 'scripts/local/state/place.ts'],
  ['local-translation-is-pure', 'scripts/local/translate/program.ts', 'node:fs/promises'],
  ['local-translation-is-pure', 'scripts/local/translate/stacks.ts', 'node:child_process'],
  ['local-engine-knows-no-environment', 'scripts/local/engine/docker.ts', 'scripts/local/state/port.ts'],
  ['local-state-without-engine', 'scripts/local/state/secrets.ts', 'scripts/local/engine/engine.ts'],
  ['local-parts-apart', 'scripts/local/images/image.ts', 'scripts/local/swarm/swarm.ts'],
  ['local-parts-apart', 'scripts/local/swarm/task-report.ts', 'scripts/local/observe/logs.ts'],
  ['local-looking-changes-nothing', 'scripts/local/observe/drift.ts', 'scripts/local/apply/changes.ts'],
  ['local-target-on-top', 'scripts/local/apply/work.ts', 'scripts/local/prerequisites.ts'],
  ['infra-pure', 'infra/contract/check.ts', 'node:fs'],
  ['infra-ground', 'infra/release/release.ts', 'infra/graph/query.ts'],
  ['infra-settings', 'infra/settings/rules.ts', 'infra/contract/numbers.ts'],
  ['infra-contract-and-foundation', 'infra/foundation/naming.ts', 'infra/network/network.ts'],
  ['infra-network-and-image', 'infra/image/image.ts', 'infra/edge/edge.ts'],
  ['infra-data-and-edge', 'infra/data/valkey.ts', 'infra/compute/task.ts'],
  ['testing-for-tests', 'scripts/aws/registry.ts', 'scripts/aws/testing/ministack.ts'],
  ['testing-for-tests', 'infra/image/registry.ts', 'infra/testing/find.ts'],
];

describe('a layer rule', () => {
  const broken = new Set<string>();

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'layers-'));
    const files = new Map<string, string[]>();
    for (const [, from, to] of examples) {
      const path = to.startsWith('node:') ? to : relative(dirname(from), to);
      const specifier = to.startsWith('node:') || path.startsWith('.') ? path : `./${path}`;
      files.set(from, [...(files.get(from) ?? []), `import '${specifier}';`]);
      if (!to.startsWith('node:')) files.set(to, files.get(to) ?? []);
    }
    for (const [file, lines] of files) {
      mkdirSync(join(directory, dirname(file)), { recursive: true });
      writeFileSync(join(directory, file), `${lines.join('\n')}\n`);
    }
    const { output } = await cruise(['infra', 'scripts'], {
      baseDir: directory,
      validate: true,
      ruleSet: { forbidden },
      tsPreCompilationDeps: true,
    });
    for (const { rule, from, to } of (output as ICruiseResult).summary.violations) {
      broken.add(`${rule.name} ${from} ${to}`);
    }
  });

  it.each(examples)('%s refuses %s → %s', (rule, from, to) => {
    expect([...broken].filter((line) => line.startsWith(`${rule} ${from} `))).toEqual([
      expect.stringMatching(new RegExp(`${to.replace('node:', '(node:)?')}$`)),
    ]);
  });

  it('about scripts/ has an example here', () => {
    const names = forbidden.filter(({ from }) => String(from.path).startsWith('^scripts/')).map(({ name }) => name);

    expect(names.filter((name) => !examples.some(([rule]) => rule === name))).toEqual([]);
  });
});
