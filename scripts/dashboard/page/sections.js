import { html, nothing } from 'lit-html';
import { bandOf } from './charts.js';
import { ago, duration, sayStatistic, time } from './format.js';

/** @import { Failures, Now, Outline, Trace } from '../answers.ts' */
/** @import { Change } from '../../release/changes.ts' */
/** @import { AlarmState } from '../../release/alarm-states.ts' */
/** @import { Chart, ChartFigures, TimeRange } from '../../release/dashboard.ts' */
/** @import { Known } from '../../release/known.ts' */
/** @import { ProcessStatus, Status } from '../../release/status.ts' */
/** @import { ReadLine } from '../../output/log-line.ts' */

/** An attempt whose command was killed stays `started` for ever: no rollout here takes so long. */
const longestRolloutMs = 30 * 60_000;
const shownChanges = 6;

/** @param {Now} now */
export function rolloutOf({ changes }) {
  const last = 'value' in changes ? changes.value.find(({ kind }) => kind === 'release') : undefined;
  const young = last !== undefined && Date.now() - Date.parse(last.at) < longestRolloutMs;
  return last?.outcome === 'started' && young ? last : undefined;
}

/**
 * @param {Outline} outline
 * @param {Now | undefined} now
 * @param {string | undefined} trouble why the last reading failed
 */
export function top({ environment, target }, now, trouble) {
  const url = now !== undefined && 'value' in now.status.runs ? now.status.runs.value?.url : undefined;
  return html`
    <div class="name">
      <h1>${environment}</h1>
      <span class="quiet">target ${target}</span>
      ${url === undefined || url === '' ? nothing : html`<a href=${url} rel="noreferrer">${url.replace('http://', '')}</a>`}
    </div>
    <div class="verdict" role="status">
      ${
        trouble === undefined
          ? now === undefined
            ? html`<span class="quiet">reading …</span>`
            : verdict(now.status, rolloutOf(now) !== undefined)
          : html`<span class="bad"><b>✗</b> ${trouble}</span>`
      }
    </div>
    <p class="fresh quiet">${now === undefined ? nothing : html`as of ${time(Date.parse(now.status.at))}`}</p>
  `;
}

/**
 * @param {Status} status
 * @param {boolean} changing whether a release is rolled out: until its end, tasks differ from the last one
 */
function verdict({ runs, problems, last }, changing) {
  if ('unknown' in runs) return html`<span class="warn"><b>?</b> what runs is unknown: ${runs.unknown}</span>`;
  if (problems.length > 0) {
    const expected = (/** @type {string} */ problem) => changing && !problem.endsWith('is firing');
    return html`<ul>
      ${problems.map((problem) =>
        expected(problem)
          ? html`<li class="warn"><b>…</b> ${problem}</li>`
          : html`<li class="bad"><b>✗</b> ${problem}</li>`,
      )}
    </ul>`;
  }
  if (runs.value === null) return html`<span class="quiet"><b>–</b> nothing runs</span>`;
  return 'unknown' in last || last.value === null
    ? html`<span class="warn"><b>!</b> runs, and its history does not say what</span>`
    : html`<span class="good"><b>✓</b> runs as its history says</span>`;
}

/**
 * @param {Outline} outline
 * @param {Now} now
 * @param {(version: string) => number} colour
 */
export function running(outline, now, colour) {
  const { runs } = now.status;
  const rollout = rolloutOf(now);
  return html`
    <h2 id="running-title">Tasks and versions now</h2>
    ${rollout === undefined ? nothing : progressOf(rollout, outline)}
    ${
      'unknown' in runs
        ? html`<p class="warn">Unknown: ${runs.unknown}</p>`
        : html`<div class="processes">
          ${(runs.value?.processes ?? []).map((process) => processRow(process, colour, rollout?.what))}
          ${runs.value === null ? html`<p class="quiet">Nothing runs.</p>` : nothing}
        </div>`
    }
    ${facts(now.status)}
  `;
}

/**
 * @param {Change} rollout
 * @param {Outline} outline
 */
function progressOf({ action, what, by, at }, { rolloutSeconds }) {
  const elapsed = Math.max(0, Date.now() - Date.parse(at)) / 1000;
  return html`<div class="rollout">
    <p><b>${action} of ${what}</b> <span class="quiet">by ${by}, for ${duration(elapsed)}</span></p>
    <progress aria-label="Time since it began" max=${Math.max(rolloutSeconds ?? elapsed, elapsed)} .value=${elapsed}></progress>
    ${
      rolloutSeconds === undefined
        ? nothing
        : html`<p class="quiet">
          Once its image is there, a rollout serves within ${duration(rolloutSeconds)} by the settings.
        </p>`
    }
  </div>`;
}

/**
 * @param {ProcessStatus} process
 * @param {(version: string) => number} colour
 * @param {string | undefined} incoming version that is rolled out: more and fewer tasks are then a part of it, and its
 * digest is recorded at its end only
 */
function processRow({ name, desired, running, healthy, releases }, colour, incoming) {
  const unrecorded = releases.filter(({ version }) => version === undefined);
  const fine = running === desired && healthy === running;
  const missing = Math.max(0, desired - running);
  return html`<div class="process">
    <h3>${name}</h3>
    <p class=${fine ? 'good' : incoming === undefined ? 'bad' : 'warn'}>
      ${fine ? `${running} of ${desired}, healthy` : `${running} run, ${healthy} healthy, ${desired} wanted`}
    </p>
    <ul class="releases">
      ${releases.map(({ version, digest, tasks, healthy: up }) => {
        const named = version ?? (unrecorded.length === 1 ? incoming : undefined);
        const kind = colour(named ?? digest);
        return html`<li>
          <span class="tasks" aria-hidden="true">
            ${Array.from({ length: tasks }, (_, index) => html`<i class="task version-${kind} ${index < up ? '' : 'starting'}"></i>`)}
          </span>
          <span>${named ?? `unrecorded ${digest.replace('sha256:', '').slice(0, 12)}`}
            <span class="quiet">${version === undefined && named !== undefined ? 'coming: ' : ''}${tasks} ${tasks === 1 ? 'task' : 'tasks'}${up === tasks ? '' : `, ${up} healthy`}</span></span>
        </li>`;
      })}
      ${
        missing === 0
          ? nothing
          : html`<li>
            <span class="tasks" aria-hidden="true">${Array.from({ length: missing }, () => html`<i class="task none"></i>`)}</span>
            <span class="quiet">${missing} not there</span>
          </li>`
      }
    </ul>
  </div>`;
}

/** @param {Status} status */
function facts({ last, rollback, frozen, holds, maintenance }) {
  const now = Date.now();
  /** @type {[string, string, string][]} */
  const rows = [
    ['last change', ...sayKnown(last, (one) => (one === null ? ['none', ''] : sayLast(one, now)))],
    [
      'rollback',
      ...sayKnown(rollback, (way) => {
        if ('refused' in way) return [`not possible: ${way.refused}`, 'warn'];
        const { to, time: needed } = way;
        const when =
          needed === undefined ? '' : `, ${needed.atMost ? 'within' : 'in about'} ${duration(needed.seconds)}`;
        return [`possible, to ${to}${when}`, ''];
      }),
    ],
  ];
  const freeze = sayKnown(frozen, (one) =>
    one === null ? ['', ''] : [`since ${ago(one.at, now)} by ${one.by}: ${one.reason}`, 'warn'],
  );
  const held = sayKnown(holds, (list) => [
    list.map(({ version, reason }) => `${version} (${reason})`).join('; '),
    'warn',
  ]);
  const page = sayKnown(maintenance, ({ recorded }) =>
    recorded === null ? ['', ''] : [`on since ${ago(recorded.at, now)} by ${recorded.by}`, 'warn'],
  );
  for (const [name, said] of /** @type {const} */ ([
    ['freeze', freeze],
    ['on hold', held],
    ['maintenance', page],
  ])) {
    if (said[0] !== '') rows.push([name, ...said]);
  }
  return html`<dl class="facts">${rows.map(([name, text, kind]) => html`<dt>${name}</dt><dd class=${kind}>${text}</dd>`)}</dl>`;
}

/**
 * @param {{ action: string, version: string, outcome: string, by: string, at: string, reason?: string }} last
 * @param {number} now
 * @returns {[string, string]}
 */
function sayLast({ action, version, outcome, by, at, reason }, now) {
  const text = `${action} ${version}, ${sayOutcome(outcome)}, ${ago(at, now)} by ${by}`;
  return [reason === undefined ? text : `${text}: ${reason.split('\n')[0]}`, bandOf(outcome) === 'bad' ? 'bad' : ''];
}

/** @param {string} outcome */
function sayOutcome(outcome) {
  if (outcome === 'good') return 'verified';
  return outcome === 'started' ? 'not finished' : outcome;
}

/**
 * @template Value
 * @param {Known<Value>} known
 * @param {(value: Value) => [string, string]} say text and class
 * @returns {[string, string]}
 */
function sayKnown(known, say) {
  return 'unknown' in known ? [`unknown: ${known.unknown}`, 'warn'] : say(known.value);
}

/** @param {Now} now */
export function alarms({ alarms: known }) {
  if ('unknown' in known) return html`<p class="warn">Unknown: ${known.unknown}</p>`;
  if (known.value === null) return html`<p class="warn">Nothing evaluates the alarms of the program.</p>`;
  const states = known.value;
  const are = (/** @type {AlarmState['state']} */ state) => states.filter((one) => one.state === state);
  const firing = are('firing');
  const quiet = are('not firing');
  return html`
    ${
      firing.length > 0
        ? html`<ul class="firing">${firing.map(firingAlarm)}</ul>`
        : quiet.length > 0
          ? html`<p><b class="good">✓</b> None is firing.</p>`
          : html`<p class="warn">Of none is it known whether it fires.</p>`
    }
    ${alarmList('Not firing', quiet)} ${alarmList('Without data', are('no data'))}
    ${alarmList('Nothing here can make fire', are('not here'))}
  `;
}

/** @param {AlarmState} alarm */
function firingAlarm(alarm) {
  const { name, since, condition, guards } = alarm;
  return html`<li>
    <p>
      <b class="bad">✗ ${name}</b>
      <span class="quiet">${since === undefined ? 'firing' : `for ${ago(since, Date.now()).replace(' ago', '')}`}</span>
    </p>
    <p>${condition}</p>
    <p>
      ${guards.length === 0 ? nothing : html`<span class="quiet">ends a rollout of ${guards.join(' and ')}</span> `}
      ${runbookOf(alarm)}
    </p>
  </li>`;
}

/**
 * @param {string} title
 * @param {readonly AlarmState[]} list
 */
function alarmList(title, list) {
  if (list.length === 0) return nothing;
  return html`<details>
    <summary>${title}: ${list.length}</summary>
    <ul>
      ${list.map(
        (alarm) => html`<li>
          <b>${alarm.name}</b> <span class="quiet">${alarm.because ?? alarm.condition}</span> ${runbookOf(alarm)}
        </li>`,
      )}
    </ul>
  </details>`;
}

/** @param {AlarmState} alarm */
function runbookOf({ name, runbook }) {
  if (runbook === undefined) return nothing;
  const address = /^https?:/.test(runbook) ? runbook : `/runbooks/${runbook.split('/').at(-1)}`;
  return html`<a href=${address} target="_blank" rel="noreferrer" aria-label="Runbook of ${name}">runbook</a>`;
}

/**
 * @param {Known<readonly Change[]>} changes
 * @param {(version: string) => number} colour
 */
export function changed(changes, colour) {
  if ('unknown' in changes) return html`<p class="warn">The ledger is unknown: ${changes.unknown}</p>`;
  if (changes.value.length === 0) return html`<p class="quiet">Nothing yet.</p>`;
  const row = (/** @type {Change} */ change) => changeRow(change, colour);
  const older = changes.value.slice(shownChanges, 50);
  return html`<ol class="changes">${changes.value.slice(0, shownChanges).map(row)}</ol>
    ${
      older.length === 0
        ? nothing
        : html`<details><summary>Before that: ${older.length}</summary><ol class="changes">${older.map(row)}</ol></details>`
    }`;
}

/**
 * @param {Change} change
 * @param {(version: string) => number} colour
 */
function changeRow({ kind, action, what, outcome, by, at, seconds, reason }, colour) {
  const band = bandOf(outcome);
  return html`<li>
    <time datetime=${at} class="quiet">${ago(at, Date.now())}</time>
    <span>
      ${kind === 'release' ? html`<i class="task version-${colour(what)}" aria-hidden="true"></i>` : nothing}
      <b>${action}</b> ${what}
      <span class=${band}>${sayOutcome(outcome)}</span>
      <span class="quiet">${seconds === 0 ? '' : `in ${duration(seconds)} `}by ${by}</span>
      ${reason === undefined || band === 'good' ? nothing : html`<span class="reason quiet">${reason.split('\n')[0]}</span>`}
    </span>
  </li>`;
}

/**
 * What stands beside a chart: what it shows, and what it cannot show here.
 *
 * @param {Chart} chart
 * @param {TimeRange | undefined} range
 * @param {Known<ChartFigures> | undefined} figures
 */
export function chartNotes({ statistic, periodSeconds, missing, lines }, range, figures) {
  const period = Math.max(periodSeconds, range?.step ?? 0);
  const reasons = new Map(
    missing.map(({ reason }) => [reason, missing.filter((one) => one.reason === reason).map(({ line }) => line)]),
  );
  return html`
    ${lines.length === 0 ? nothing : html`<p class="statistic quiet">${sayStatistic(statistic, period)}</p>`}
    ${figures !== undefined && 'unknown' in figures ? html`<p class="warn">Unknown: ${figures.unknown}</p>` : nothing}
    ${[...reasons].map(([reason, names]) => html`<p class="missing quiet">Not measured here: <b>${names.join(', ')}</b> – ${reason}</p>`)}
  `;
}

/**
 * @param {Failures | undefined} known
 * @param {(id: string) => void} open
 */
export function failures(known, open) {
  return html`
    <h2 id="failures-title">Last errors</h2>
    ${
      known === undefined
        ? html`<p class="quiet">reading …</p>`
        : 'unknown' in known
          ? html`<p class="warn">Unknown: ${known.unknown}</p>`
          : known.value.length === 0
            ? html`<p class="quiet">No line of the last hour is an error or a 5xx.</p>`
            : html`<ol class="lines">${known.value.slice(0, 50).map((line) => failureRow(line, open))}</ol>`
    }
  `;
}

/**
 * @param {ReadLine} line
 * @param {(id: string) => void} open
 */
function failureRow({ at, task, level, text, correlationId }, open) {
  return html`<li>
    <time datetime=${at ?? nothing} class="quiet">${at === undefined ? '–' : time(Date.parse(at))}</time>
    <span class="task-name">${task}</span>
    <span class="text">${level === undefined || level === 'info' ? nothing : html`<b class="bad">${level}</b> `}${text}</span>
    ${
      correlationId === undefined
        ? nothing
        : html`<button class="id" @click=${() => open(correlationId)} aria-label="Trace of ${correlationId}">${correlationId}</button>`
    }
  </li>`;
}

/**
 * @param {string} asked
 * @param {Trace | undefined} read
 * @param {(id: string) => void} open
 */
export function trace(asked, read, open) {
  const submit = (/** @type {SubmitEvent & { currentTarget: HTMLFormElement }} */ event) => {
    event.preventDefault();
    open(String(new FormData(event.currentTarget).get('id') ?? '').trim());
  };
  return html`
    <h2 id="trace-title">Trace</h2>
    <form @submit=${submit}>
      <label for="trace-id">Correlation id</label>
      <input id="trace-id" name="id" .value=${asked} maxlength="200" autocomplete="off" spellcheck="false" />
      <button>Show</button>
    </form>
    <p class="quiet">
      No tracing backend runs here. All log lines with one id, over all processes, are the trace: each answer names its id
      in <code>x-correlation-id</code>.
    </p>
    ${asked === '' ? nothing : read === undefined || read.correlationId !== asked ? html`<p class="quiet">reading …</p>` : traceLines(read)}
  `;
}

/** @param {Trace} trace */
function traceLines({ lines }) {
  if ('unknown' in lines) return html`<p class="warn">Unknown: ${lines.unknown}</p>`;
  const [first] = lines.value;
  if (first === undefined) return html`<p>No line of the tasks that are there has this id.</p>`;
  const start = Date.parse(first.at ?? '');
  const tasks = [...new Set(lines.value.map(({ task }) => task))];
  return html`
    <p>${lines.value.length} ${lines.value.length === 1 ? 'line' : 'lines'} of ${tasks.join(', ')}${first.at === undefined ? '' : `, from ${time(start)} on`}</p>
    <ol class="lines">
      ${lines.value.map(
        ({ at, task, level, text }) => html`<li>
        <time datetime=${at ?? nothing} class="quiet">${at === undefined ? '–' : sayOffset(Date.parse(at) - start)}</time>
        <span class="task-name">${task}</span>
        <span class="text">${level === undefined || level === 'info' ? nothing : html`<b class=${level === 'error' || level === 'fatal' ? 'bad' : 'warn'}>${level}</b> `}${text}</span>
      </li>`,
      )}
    </ol>
  `;
}

/** @param {number} milliseconds */
function sayOffset(milliseconds) {
  return milliseconds < 10_000 ? `+${milliseconds} ms` : `+${duration(milliseconds / 1000)}`;
}
