import { shortCommit } from '../messages/commit.ts';
import { formatSeconds } from '../messages/duration.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Target } from './target.ts';

/** Who hears of releases: addresses are secrets, since whoever has one can write there. */
export interface Receivers {
  readonly slack?: string | undefined;
  /** Of a workflow of Teams, which replaced connectors. */
  readonly teams?: string | undefined;
  readonly webhook?: string | undefined;
  readonly github?: { readonly api: string; readonly repository: string; readonly token: string } | undefined;
}

export interface Announcement {
  readonly target: Target['kind'];
  readonly entry: LedgerEntry;
  /** Where more is to be read: the run of the workflow. */
  readonly link?: string | undefined;
}

/** `announce` resolves with what could not be told, and why. It never rejects: a release does not fail for want of an audience. */
export function createAnnouncer(
  receivers: Receivers,
  request: typeof fetch,
): { announce(announcement: Announcement): Promise<readonly string[]> } {
  return {
    async announce(announcement) {
      const { slack, teams, webhook, github } = receivers;
      const text = sentenceOf(announcement);
      const sent = [
        ...(slack === undefined ? [] : [tell('Slack', () => post(request, slack, { text: escaped(text) }))]),
        ...(teams === undefined ? [] : [tell('Teams', () => post(request, teams, cardOf(text)))]),
        ...(webhook === undefined ? [] : [tell('The webhook', () => post(request, webhook, eventOf(announcement)))]),
        ...(github === undefined ? [] : [tell('GitHub', () => recordDeployment(request, github, announcement))]),
      ];
      return (await Promise.all(sent)).filter((failure) => failure !== undefined);
    },
  };
}

async function tell(who: string, send: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    // Without the address, which is in some errors of fetch.
    const why = error instanceof NotTaken ? error.message : 'it did not answer within 10 s, or cannot be reached';
    return `${who} was not told: ${why}.`;
  }
}

class NotTaken extends Error {}

const timeoutMs = 10_000;

async function post(
  request: typeof fetch,
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const response = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (!response.ok) throw new NotTaken(`it answered with ${response.status}`);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const verbs = { up: 'deployed', promote: 'promoted', rollback: 'rolled back to', verify: 'verified' } as const;
const endings = {
  started: 'has started',
  good: 'and verified',
  unverified: 'but not verified',
  failed: 'failed: what was there before may still serve',
  'rolled-back': 'and rolled back, as its verification failed',
} as const;

/** `prod (aws): 1.4.0 promoted and verified in 2 min 5 s, by ada@desk, commit 0a1b2c3d4e5f` */
export function sentenceOf({ entry, target, link }: Announcement): string {
  const { environment, action, outcome, release, by, seconds, reason } = entry;
  return [
    `${environment} (${target}): ${release.version} ${verbs[action]} ${endings[outcome]}, after ${formatSeconds(seconds)}, by ${by}, commit ${shortCommit(release.commit)}`,
    ...(reason === undefined ? [] : [reason]),
    ...(link === undefined ? [] : [link]),
  ].join('\n');
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cardOf(text: string): object {
  const body = text.split('\n').map((line) => ({ type: 'TextBlock', text: line, wrap: true }));
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    ...{ type: 'AdaptiveCard', version: '1.4', body },
  };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] };
}

function eventOf({ entry, target, link }: Announcement): object {
  const { environment, action, outcome, release, by, at, seconds, reason, attempt } = entry;
  const { version, digest, commit } = release;
  return {
    event: 'release',
    ...{ attempt, environment, target, action, outcome, version, digest, commit, by, at, seconds },
    reason: reason ?? null,
    link: link ?? null,
  };
}

/**
 * A deployment with its end: GitHub shows both at the commit and at the environment.
 * https://docs.github.com/en/rest/deployments/deployments#create-a-deployment
 */
async function recordDeployment(
  request: typeof fetch,
  { api, repository, token }: NonNullable<Receivers['github']>,
  announcement: Announcement,
): Promise<void> {
  const { environment, release, outcome } = announcement.entry;
  const headers = { accept: 'application/vnd.github+json', authorization: `Bearer ${token}` };
  const commit = release.commit.replace(/-dirty$/, '');
  if (!/^[0-9a-f]{40}$/.test(commit)) throw new NotTaken('the release was built where git told no commit');
  const [description = ''] = sentenceOf(announcement).split('\n');
  const made = await post(
    request,
    `${api}/repos/${repository}/deployments`,
    // What was checked here is not up to GitHub's checks, and nothing may be merged for it.
    {
      ...{ ref: commit, environment, auto_merge: false, required_contexts: [] },
      ...{ description: description.slice(0, 140), payload: eventOf(announcement) },
    },
    headers,
  );
  const id: unknown = Reflect.get(Object(made), 'id');
  if (typeof id !== 'number') throw new NotTaken('it made no deployment');
  await post(
    request,
    `${api}/repos/${repository}/deployments/${id}/statuses`,
    {
      state: outcome === 'good' ? 'success' : outcome === 'unverified' ? 'error' : 'failure',
      description: description.slice(0, 140),
      ...(announcement.link === undefined ? {} : { log_url: announcement.link }),
    },
    headers,
  );
}

/** Who is told, by the variables of the process. */
export function receiversOf(variables: Readonly<Record<string, string | undefined>>): Receivers {
  const set = (name: string) => (variables[name] === '' ? undefined : variables[name]);
  const [token, repository] = [set('GITHUB_TOKEN'), set('GITHUB_REPOSITORY')];
  const wanted = set('STACK_NOTIFY_GITHUB') === 'deployments';
  return {
    slack: set('STACK_NOTIFY_SLACK'),
    teams: set('STACK_NOTIFY_TEAMS'),
    webhook: set('STACK_NOTIFY_WEBHOOK'),
    github:
      wanted && token !== undefined && repository !== undefined
        ? { api: set('GITHUB_API_URL') ?? 'https://api.github.com', repository, token }
        : undefined,
  };
}

/** The run of the workflow that the command is part of. */
export function linkOf(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = variables;
  return server === undefined || repository === undefined || run === undefined
    ? undefined
    : `${server}/${repository}/actions/runs/${run}`;
}
