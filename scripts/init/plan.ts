import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readProjectFile } from '../../infra/graph/stack-files.ts';
import type { App } from '../../infra/manifest/app.ts';
import { loadApp, manifestFiles } from '../../infra/manifest/load.ts';
import { parseManifest } from '../../infra/manifest/parse.ts';
import { ManifestError } from '../../infra/manifest/problems.ts';
import { Refusal } from '../messages/user-error.ts';
import { listEnvironments } from '../program/environments.ts';
import type { AppFolder } from './app-folder.ts';
import { changeOf, type FileChange } from './changes.ts';
import { compilesEverything } from './compiler-settings.ts';
import { dockerfileFor, dockerignoreFor } from './dockerfile-text.ts';
import type { PackageFacts } from './package-facts.ts';
import { appOf, checksOf, type Proposal } from './proposal.ts';
import { propose } from './propose.ts';
import { type Answers, answersIn, type Question, questionsOf } from './questions.ts';
import { type ManifestFile, renderManifest } from './render.ts';
import { type StackValue, withValues } from './stack-file-edits.ts';
import type { Survey } from './survey.ts';

/** What a person wants in the stack files; what is absent stays as it is. */
export interface StackWishes {
  readonly region?: string;
  /** By environment. */
  readonly accounts: Readonly<Record<string, string>>;
  readonly domains: Readonly<Record<string, string>>;
  readonly zones: Readonly<Record<string, string>>;
  /** More of them, without the namespace of the project where they have none. */
  readonly values?: Readonly<Record<string, readonly StackValue[]>>;
}

/** An app's directory before anything is written. */
export interface Site {
  readonly projectDirectory: string;
  /** Relative to the project, with `/`. */
  readonly appDirectory: string;
  readonly survey: Survey;
  /** The manifest that is there. */
  readonly existing?: { readonly file: string; readonly app?: App };
}

export type DockerfileWish =
  /** The app's own, or the one that is written because there is none. */
  | 'own'
  /** One beside the app's own. */
  | 'beside';

export interface InitPlan {
  /** Relative to the project. */
  readonly manifest: string;
  readonly app: App;
  readonly proposal: Proposal;
  readonly changes: readonly FileChange[];
  /** Files with something in them that the command did not write and would replace. */
  readonly overwritten: readonly string[];
  /** Where a person has to look. */
  readonly checks: readonly string[];
}

/** Name of the Dockerfile beside the app's own. */
export const dockerfileBeside = 'Dockerfile.stack';

export function readSite(projectDirectory: string, appDirectory: string, survey: Survey): Site {
  const file = manifestFiles.find((name) => existsSync(join(projectDirectory, appDirectory, name)));
  if (file === undefined) return { projectDirectory, appDirectory, survey };
  try {
    return { projectDirectory, appDirectory, survey, existing: { file, app: loadApp(projectDirectory, appDirectory) } };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return { projectDirectory, appDirectory, survey, existing: { file } };
  }
}

/** What has to be asked: a manifest that is there has answered it already. */
export function openQuestions({ survey, existing }: Site): readonly Question[] {
  return existing?.app === undefined ? questionsOf(survey) : [];
}

export function usesDockerfileBeside({ existing }: Site): boolean {
  return existing?.app?.build?.dockerfile === dockerfileBeside;
}

/** Whether the command has to write a Dockerfile, because nothing can be built without. */
export function lacksDockerfile({ survey }: Site): boolean {
  return !survey.folder.has(survey.dockerfileName);
}

/**
 * All files that `stack init` writes, and what each of them changes.
 *
 * @param refine adds what another tool knows of the app
 * @throws Refusal `INIT_START_UNKNOWN`
 */
export async function planInit(
  site: Site,
  answers: Answers,
  dockerfile: DockerfileWish,
  wishes: StackWishes,
  refine: (proposal: Proposal) => Proposal = (proposal) => proposal,
): Promise<InitPlan> {
  const { projectDirectory, appDirectory, survey, existing } = site;
  const { folder, facts } = survey;
  const writesDockerfile = dockerfile === 'beside' || lacksDockerfile(site);
  const known: Answers = { ...(existing?.app === undefined ? {} : answersIn(existing.app)), ...answers };
  const proposal = refine(
    propose(survey, known, {
      ...(dockerfile === 'beside' ? { dockerfile: dockerfileBeside } : {}),
      ignoreFile: folder.has('.dockerignore') || writesDockerfile,
    }),
  );
  const file = existing?.file ?? manifestNameFor(folder, facts);
  const manifest = `${appDirectory}/${file}`;
  assertStarts(proposal, appDirectory);
  const app = parseManifest(manifest, appOf(proposal));
  const toTypes = relativePath(join(projectDirectory, appDirectory), join(projectDirectory, 'infra/manifest/app.ts'));
  const text = renderManifest(proposal, file as ManifestFile, toTypes);
  const same = existing?.app !== undefined && isDeepStrictEqual(existing.app, app);
  const manifestChange = same ? undefined : changeOf(projectDirectory, manifest, text);
  const front = app.processes['api'];
  const image = writesDockerfile
    ? [
        ...unlessThere(
          folder,
          dockerfile === 'beside' ? dockerfileBeside : survey.dockerfileName,
          dockerfileFor(survey, front?.command ?? [], front?.http?.port ?? 0),
        ),
        ...unlessThere(folder, '.dockerignore', dockerignoreFor('stack.app.*')),
      ].flatMap(({ name, content }) => changeOf(projectDirectory, `${appDirectory}/${name}`, content) ?? [])
    : [];
  return {
    manifest,
    app,
    proposal,
    changes: [
      ...(manifestChange === undefined ? [] : [manifestChange]),
      ...image,
      ...(await stackChanges(site, wishes)),
    ],
    overwritten: manifestChange?.kind === 'change' ? [manifest] : [],
    checks: checksOf(proposal),
  };
}

function unlessThere(folder: AppFolder, name: string, content: string): readonly { name: string; content: string }[] {
  return folder.has(name) ? [] : [{ name, content }];
}

/** A program is the one thing that nobody can guess. */
function assertStarts({ processes }: Proposal, appDirectory: string): void {
  if (processes.every(({ command }) => command.value.some((word) => word !== ''))) return;
  throw new Refusal({
    code: 'INIT_START_UNKNOWN',
    message: `Nothing in ${appDirectory} says which program starts the API.`,
    rule: 'It is the CMD of the Dockerfile, web in the Procfile, the script start:prod or start of package.json, or its main.',
    remedy:
      'Add the script start to package.json, such as "node dist/main.js"; or run the command on a terminal, where it asks.',
  });
}

async function stackChanges(
  { projectDirectory, appDirectory }: Site,
  wishes: StackWishes,
): Promise<readonly FileChange[]> {
  const { name: project, stackDirectory } = readProjectFile(projectDirectory);
  const environments = await listEnvironments(projectDirectory);
  return environments.flatMap((environment) => {
    const file = relativePath(projectDirectory, join(stackDirectory, `Pulumi.${environment}.yaml`), '');
    const text = readFileSync(join(projectDirectory, file), 'utf8');
    const account = wishes.accounts[environment];
    const domain = wishes.domains[environment];
    const zone = wishes.zones[environment];
    const isDefault = appDirectory === 'app' && !text.includes(`${project}:appDirectory:`);
    const values: readonly StackValue[] = [
      ...(isDefault
        ? []
        : [
            { key: `${project}:appDirectory`, value: appDirectory, why: 'The app: its manifest is in this directory.' },
          ]),
      ...(wishes.region === undefined
        ? []
        : [{ key: 'aws:region', value: wishes.region, why: 'Region of the environment.' }]),
      ...(account === undefined
        ? []
        : [
            {
              key: 'aws:allowedAccountIds',
              value: [account],
              why: 'The account of this environment: every other one is refused.',
            },
          ]),
      ...(domain === undefined
        ? []
        : [{ key: `${project}:domainName`, value: domain, why: 'Domain of the API, over HTTPS.' }]),
      ...(zone === undefined
        ? []
        : [{ key: `${project}:hostedZoneId`, value: zone, why: 'Hosted zone of the domain.' }]),
      ...(wishes.values?.[environment] ?? []).map((each) => ({
        ...each,
        key: each.key.includes(':') ? each.key : `${project}:${each.key}`,
      })),
    ];
    return changeOf(projectDirectory, file, withValues(text, values)) ?? [];
  });
}

function relativePath(from: string, to: string, here = './'): string {
  const path = relative(from, to).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `${here}${path}`;
}

/** A compiler that takes every source in the directory would compile the manifest, too, and move what it builds. */
function manifestNameFor(folder: AppFolder, { modules }: PackageFacts): ManifestFile {
  if (compilesEverything(folder)) return 'stack.app.mjs';
  return modules ? 'stack.app.ts' : 'stack.app.mts';
}
