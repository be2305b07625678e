import { html, render } from 'lit-html';
import { ChartView } from './charts.js';
import { colourOf } from './format.js';
import * as sections from './sections.js';

/** @import { Charts, Failures, Now, Outline, Trace } from '../answers.ts' */
/** @import { Panel } from '../../release/dashboard.ts' */

const choices = /** @type {const} */ ([
  [15, '15 min'],
  [60, '1 h'],
  [360, '6 h'],
  [1440, '24 h'],
]);

/** While a release is rolled out the page looks more often. */
const pace = {
  calm: { now: 3_000, charts: 15_000, failures: 5_000 },
  rollout: { now: 1_000, charts: 5_000, failures: 5_000 },
};

/** What the page has read so far. */
const state = {
  now: /** @type {Now | undefined} */ (undefined),
  charts: /** @type {Charts | undefined} */ (undefined),
  failures: /** @type {Failures | undefined} */ (undefined),
  trace: /** @type {Trace | undefined} */ (undefined),
  asked: idInAddress(),
  minutes: 15,
  /** By what was asked: why the last answer did not come. */
  troubles: /** @type {Map<string, string>} */ (new Map()),
};

const outline = await firstOutline();
document.title = `${outline.environment} – dashboard`;
const chartPanels = outline.panels.filter((panel) => panel.kind === 'chart');
const views = new Map(
  layOut().map(([panel, element]) => /** @type {const} */ ([panel, new ChartView(element, panel)])),
);

show();
void keepReading('now', async () => {
  state.now = await ask('now');
});
void keepReading('charts', readCharts);
void keepReading('failures', async () => {
  state.failures = await ask('failures');
});
addEventListener('hashchange', () => openTrace(idInAddress()));
if (state.asked !== '') await readTrace();

/** The command may end, or the engine be busy: the page waits for its first answer. */
async function firstOutline() {
  for (;;) {
    try {
      return /** @type {Outline} */ (await ask('outline'));
    } catch {
      await pause(1_000);
    }
  }
}

/**
 * @param {string} what
 * @returns {Promise<any>}
 */
async function ask(what) {
  const response = await fetch(`/api/${what}`).catch(() => undefined);
  if (response === undefined) throw new Error('The command has ended: npm run stack -- dashboard starts it again.');
  if (!response.ok) throw new Error(`It was not possible to read ${what}: ${await response.text()}`);
  return await response.json();
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Reads again and again, as long as somebody can see it.
 *
 * @param {'now' | 'charts' | 'failures'} what
 * @param {() => Promise<void>} read
 */
async function keepReading(what, read) {
  for (;;) {
    if (document.visibilityState === 'hidden') {
      await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
    }
    try {
      await read();
      state.troubles.delete(what);
    } catch (error) {
      state.troubles.set(what, error instanceof Error ? error.message : String(error));
    }
    show();
    const rollout = state.now !== undefined && sections.rolloutOf(state.now) !== undefined;
    await pause(pace[rollout ? 'rollout' : 'calm'][what]);
  }
}

async function readCharts() {
  const { minutes } = state;
  const read = await ask(`charts?minutes=${minutes}`);
  // Another range was chosen meanwhile.
  if (minutes === state.minutes) state.charts = read;
}

async function readTrace() {
  const { asked } = state;
  if (asked === '') return;
  try {
    const read = await ask(`trace?id=${encodeURIComponent(asked)}`);
    if (asked === state.asked) state.trace = read;
  } catch (error) {
    state.trace = { correlationId: asked, lines: { unknown: error instanceof Error ? error.message : String(error) } };
  }
  show();
}

/** The id is part of the address, so that it can be handed on and the browser's Back works. */
function idInAddress() {
  return new URLSearchParams(location.hash.slice(1)).get('trace') ?? '';
}

/** @param {string} id */
function openTrace(id) {
  if (id === state.asked) {
    void readTrace();
    return;
  }
  state.asked = id;
  state.trace = undefined;
  location.hash = id === '' ? '' : new URLSearchParams({ trace: id }).toString();
  show();
  void readTrace();
}

/** @param {string} id */
function followTrace(id) {
  openTrace(id);
  part('trace').scrollIntoView({ behavior: 'smooth', block: 'start' });
}

/** @param {string} id */
function part(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** The program's panels, once: their charts stay, whatever is written beside them. */
function layOut() {
  const program = part('program');
  render(
    html`<div class="head">
        <h2 id="program-title">The program’s dashboard</h2>
        <div class="ranges" role="group" aria-label="Time range"></div>
      </div>
      <p class="marks quiet">
        <span><i class="band good"></i>release</span> <span><i class="band warn"></i>in progress, or unverified</span>
        <span><i class="band bad"></i>failed</span> <span><i class="mark"></i>other change</span>
        <span><i class="threshold"></i>alarm</span>
      </p>
      <div class="grid">
        ${outline.panels.map(
          (panel, index) => html`<article class="panel ${widthOf(panel)}" aria-labelledby="panel-${index}">
            <h3 id="panel-${index}">${panel.title}</h3>
            <div class="body"></div>
            <div class="plot"></div>
          </article>`,
        )}
      </div>`,
    program,
  );
  return outline.panels.flatMap((panel, index) => {
    const element = program.querySelectorAll('.plot')[index];
    if (!(element instanceof HTMLElement)) return [];
    return panel.kind === 'chart' && panel.lines.length > 0 ? [/** @type {const} */ ([panel, element])] : [];
  });
}

/** @param {Panel} panel */
function widthOf({ place: { width } }) {
  return width > 12 ? 'wide' : 'narrow';
}

function show() {
  const { now, charts } = state;
  const [trouble] = state.troubles.values();
  render(sections.top(outline, now, trouble), part('top'));
  const changes = now?.changes ?? { value: [] };
  const known = 'value' in changes ? changes.value : [];
  const colour = colourOf(known, now?.status.runs ?? { value: null });
  if (now !== undefined) render(sections.running(outline, now, colour), part('running'));
  showRanges();
  const bodies = part('program').querySelectorAll('.body');
  outline.panels.forEach((panel, index) => {
    const body = bodies[index];
    if (!(body instanceof HTMLElement)) return;
    if (panel.kind === 'alarms' && now !== undefined) render(sections.alarms(now), body);
    if (panel.kind === 'changes' && now !== undefined) render(sections.changed(changes, colour), body);
    if (panel.kind === 'other') render(html`<p class="missing quiet">Not shown here: ${panel.reason}</p>`, body);
    if (panel.kind !== 'chart') return;
    const figures = charts?.figures[chartPanels.indexOf(panel)];
    render(sections.chartNotes(panel, charts?.range, figures), body);
    const view = views.get(panel);
    if (view !== undefined && charts !== undefined) {
      const empty = panel.lines.map(() => []);
      view.show(charts.range, figures !== undefined && 'value' in figures ? figures.value : empty, known);
    }
  });
  render(sections.failures(state.failures, followTrace), part('failures'));
  render(sections.trace(state.asked, state.trace, openTrace), part('trace'));
}

function showRanges() {
  const group = part('program').querySelector('.ranges');
  if (!(group instanceof HTMLElement)) return;
  render(
    choices.map(
      ([minutes, text]) =>
        html`<button aria-pressed=${minutes === state.minutes} @click=${() => choose(minutes)}>${text}</button>`,
    ),
    group,
  );
}

/** @param {number} minutes */
async function choose(minutes) {
  state.minutes = minutes;
  showRanges();
  try {
    await readCharts();
  } catch (error) {
    state.troubles.set('charts', error instanceof Error ? error.message : String(error));
  }
  show();
}
