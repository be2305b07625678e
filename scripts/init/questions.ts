import type { App } from '../../infra/manifest/app.ts';
import { frontOf } from '../../infra/manifest/app.ts';
import type { GetRoute } from './source-facts.ts';
import type { Survey } from './survey.ts';

/** What nobody can see in a folder, and a person may know. */
export interface Question {
  readonly key: 'command' | 'port' | 'liveness';
  readonly text: string;
  /** Stands in the manifest, marked, where nobody answers. Absent: without an answer there is no manifest. */
  readonly fallback?: string;
  /** @returns what is wrong with an answer */
  readonly wrong: (answer: string) => string | undefined;
}

export type Answers = Readonly<Partial<Record<Question['key'], string>>>;

/** The questions that remain after looking. */
export function questionsOf(survey: Survey): readonly Question[] {
  const { starts } = survey;
  const command: Question = {
    key: 'command',
    text: 'Which program starts the API, such as node dist/main.js?',
    wrong: (answer) => (answer.trim() === '' ? 'A program and its arguments' : undefined),
  };
  const port: Question = {
    key: 'port',
    text: 'On which port does it listen?',
    fallback: '3000',
    wrong: (answer) =>
      /^\d{1,5}$/.test(answer) && Number(answer) > 0 && Number(answer) < 65_536 ? undefined : 'A port from 1 to 65535',
  };
  const liveness: Question = {
    key: 'liveness',
    text: 'Which path answers 200 while the process works, without asking the database?',
    fallback: '/',
    wrong: (answer) => (/^\/\S*$/.test(answer) ? undefined : 'A path that starts with /, such as /health'),
  };
  return [
    ...(starts.some(({ name }) => name === 'api') ? [] : [command]),
    ...(portOf(survey) === undefined ? [port] : []),
    ...(livenessOf(survey) === undefined ? [liveness] : []),
  ];
}

/** What a manifest that is there answers already: only what nobody can see is taken from it. */
export function answersIn(app: App): Answers {
  const { name, http } = frontOf(app);
  return {
    command: app.processes[name]?.command.join(' ') ?? '',
    port: String(http.port),
    liveness: http.liveness,
  };
}

export interface Known<T> {
  readonly value: T;
  readonly why: string;
}

/** The port that the process listens on when it is not told another one. */
export function portOf({ dockerfile, example, source }: Survey): Known<number> | undefined {
  const names = [...source.listen.variables, 'PORT', 'APP_PORT', 'HTTP_PORT', 'SERVER_PORT', 'API_PORT'];
  const exposed = dockerfile?.ports[0];
  if (exposed !== undefined) return { value: exposed, why: 'EXPOSE of the Dockerfile' };
  const name = names.find((each) => /^\d{2,5}$/.test(example?.values[each] ?? ''));
  if (name !== undefined && example !== undefined)
    return { value: Number(example.values[name]), why: `${name} in ${example.file}` };
  const [literal] = source.listen.ports;
  if (literal !== undefined) return { value: literal, why: 'the call of listen' };
  const read = source.variables.find((use) => names.includes(use.name) && /^\d{2,5}$/.test(use.fallback ?? ''));
  return read === undefined
    ? undefined
    : { value: Number(read.fallback), why: `the default of ${read.name} in ${read.file}` };
}

const alive = /\/(?:live|liveness|livez|healthz|alive)$/;
const healthy = /\/(?:health|health-?check|_health|ping|heartbeat|status|up)$/;
const ready = /\/(?:ready|readiness|readyz)$/;

function fixed({ routes }: Survey['source']): readonly GetRoute[] {
  return routes.filter(({ path, uncertain }) => !/[:*{(]/.test(path) && !uncertain);
}

/** A path that tells whether the process works. */
export function livenessOf({ source }: Survey): Known<string> | undefined {
  const routes = fixed(source);
  const without = routes.filter(({ asksDependencies }) => !asksDependencies);
  const found = without.find(({ path }) => alive.test(path)) ?? without.find(({ path }) => healthy.test(path));
  if (found !== undefined) return { value: found.path, why: found.file };
  const root = without.find(({ path }) => path === '/');
  return root === undefined
    ? undefined
    : { value: root.path, why: `no health check is visible; ${root.file} answers this` };
}

/** A path that tells whether the process can serve. */
export function readinessOf({ source }: Survey): Known<string> | undefined {
  const routes = fixed(source);
  const found = routes.find(({ path }) => ready.test(path));
  if (found !== undefined) return { value: found.path, why: found.file };
  const asking = routes.find(
    ({ path, asksDependencies }) => asksDependencies && (healthy.test(path) || alive.test(path)),
  );
  return asking === undefined ? undefined : { value: asking.path, why: `${asking.file}, which asks its dependencies` };
}
