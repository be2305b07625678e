import { columnWidth, type Drawing, type Part, renderBox, renderText, type Side } from './sheet.ts';

export interface Step {
  readonly side: Side;
  readonly title: string;
  readonly note: string;
  /** Where it is, relative to the repository. */
  readonly files: readonly string[];
  /** What happens when it fails; absent: the command ends, and nothing was changed. */
  readonly failure?: string;
}

export interface Stage {
  readonly heading: string;
  readonly steps: readonly Step[];
}

export const stages: readonly Stage[] = [
  {
    heading: '`up staging`: a release is built once',
    steps: [
      {
        side: 'scripts',
        title: 'Prerequisites, lock',
        note: 'everything is checked before the first change',
        files: ['scripts/commands/up.ts', 'scripts/release/up.ts', 'scripts/release/prerequisites.ts'],
      },
      {
        side: 'infra',
        title: 'Settings → contract → resource graph',
        note: 'a contradiction ends it before anything is registered',
        files: ['infra/settings/load.ts', 'infra/contract/contract.ts', 'infra/index.ts'],
      },
      {
        side: 'scripts',
        title: 'Plan, then “started” in the ledger',
        note: 'refused if it would lose data',
        files: ['scripts/release/deploy.ts', 'scripts/release/losses.ts', 'scripts/release/attempt.ts'],
      },
      {
        side: 'infra',
        title: 'Build the image',
        note: 'named after the app’s content; on AWS pushed to ECR',
        files: ['infra/release/work-tree.ts', 'infra/image/image.ts', 'scripts/local/images/image.ts'],
        failure: 'the old release keeps serving',
      },
      {
        side: 'infra',
        title: 'Migrate',
        note: 'one-off task of the new image, before any traffic',
        files: ['infra/compute/migration/migration.ts', 'scripts/local/apply/migrate.ts'],
        failure: 'the old release keeps serving',
      },
      {
        side: 'infra',
        title: 'Roll out',
        note: 'new tasks pass /ready, then old ones drain and stop',
        files: ['infra/compute/service.ts', 'scripts/aws/rollout.ts', 'scripts/local/apply/roll-out.ts'],
        failure: 'rolled back by the platform',
      },
      {
        side: 'scripts',
        title: 'Compare, verify, “good” in the ledger',
        note: 'digest of each task; a write and a read through the API',
        files: ['scripts/release/truth.ts', 'scripts/release/verify.ts', 'app/smoke.ts'],
        failure: 'recorded as unverified: cannot be promoted',
      },
    ],
  },
  {
    heading: '`promote`: the same digest on prod',
    steps: [
      {
        side: 'scripts',
        title: 'Only what is verified and still runs',
        note: 'refused: dirty, on hold, contract migrations not accepted',
        files: ['scripts/release/promote.ts', 'scripts/release/promotion-rules.ts'],
      },
      {
        side: 'scripts',
        title: 'Preview and approval',
        note: 'what changes on prod, and what cannot be rolled back',
        files: ['scripts/release/approval.ts', '.github/workflows/promote.yml'],
      },
      {
        side: 'infra',
        title: 'The steps above on prod, without a build',
        note: 'the release is pinned by its digest',
        files: ['infra/release/pinned-release.ts', 'scripts/release/pin.ts'],
        failure: 'rolled back automatically',
      },
    ],
  },
  {
    heading: '`rollback prod`: an earlier release or stack',
    steps: [
      {
        side: 'scripts',
        title: 'The last good release, by digest',
        note: 'refused after a contract migration, or without its image',
        files: ['scripts/release/rollback.ts', 'scripts/release/rollback-choice.ts'],
      },
      {
        side: 'scripts',
        title: 'With --stack: program and settings too',
        note: 'its commit, checked out into a work tree of its own',
        files: ['scripts/release/earlier-stack.ts', 'scripts/program/check-out.ts', 'infra/graph/evaluate.ts'],
      },
    ],
  },
];

const rail = 8;
const left = 24;
const gap = 10;
const headingHeight = 30;
const lineHeight = 17;

export function drawFlow(): Drawing {
  return { title: 'How a release moves', description: describe(), parts: stages.map(drawStage) };
}

function drawStage({ heading, steps }: Stage): Part {
  const boxes: string[] = [];
  let y = headingHeight;
  for (const step of steps) {
    const height = heightOf(step);
    boxes.push(...drawStep(step, y, height));
    y += height + gap;
  }
  const arrow = `<path d="M${rail} ${headingHeight}V${y - gap}" class="line" marker-end="url(#arrow)"/>`;
  return { height: y - gap, body: [renderText(0, 18, 'heading', heading.replaceAll('`', '')), arrow, ...boxes] };
}

function heightOf({ files, failure }: Step): number {
  return 50 + lineHeight * files.length + (failure === undefined ? 0 : lineHeight + 2);
}

function drawStep({ side, title, note, files, failure }: Step, y: number, height: number): readonly string[] {
  const x = left + 10;
  const under = y + 54 + lineHeight * files.length;
  return [
    renderBox({ x: left, y, width: columnWidth - left, height }, side),
    renderText(x, y + 20, 'title', title),
    renderText(x, y + 38, 'note', note),
    ...files.map((file, line) => renderText(x, y + 56 + lineHeight * line, 'file', file)),
    ...(failure === undefined ? [] : [renderText(x, under + 4, 'note fail', `fails: ${failure}`)]),
  ];
}

function describe(): string {
  return stages
    .map(({ heading, steps }) => `${heading.replaceAll('`', '')}: ${steps.map(({ title }) => title).join('; ')}.`)
    .join(' ');
}
