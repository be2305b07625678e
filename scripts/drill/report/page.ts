import { formatSeconds } from '../../messages/duration.ts';
import type { Machine } from '../machine.ts';
import type { Finding } from '../promise.ts';
import { type DrillResult, type DrillsReport, remarkOn } from '../run-drills.ts';
import { style } from './style.ts';
import { escaped } from './text.ts';
import { drawTimeline, versionColours, versionsIn } from './timeline-picture.ts';

/** What the report says, and what the JSON beside it contains. */
export interface Reported extends DrillsReport {
  readonly seconds: number;
  readonly machine: Machine;
}

/** Widths at which a picture is drawn: beside a screen's margins, and on a phone. */
const widths = { wide: 760, narrow: 330 };
const marks = { kept: '✓', broken: '✗', failed: '✗', 'not run': '–' } as const;

type Ran = Extract<DrillResult, { findings: unknown }>;
const ran = (result: DrillResult): result is Ran => 'findings' in result;

/** The whole report as one HTML page, which needs no network, script or other file. */
export function renderReport(report: Reported): string {
  const { results, environment } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drills of ${escaped(environment)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Drills of ${escaped(environment)}</h1>
<p>${headline(results)}</p>
${renderFacts(report)}
</header>
${renderTable(results)}
${results.map(renderDrill).join('\n')}
${renderUnfired(report)}
</body>
</html>
`;
}

function headline(results: readonly DrillResult[]): string {
  const judged = results.filter(ran);
  const kept = judged.filter(({ outcome }) => outcome === 'kept').length;
  const others = results.filter(({ outcome }) => outcome === 'not run').length;
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  const rest = `${failed === 0 ? '' : `; ${failed} could not be carried out`}${others === 0 ? '' : `; ${others} not run`}`;
  const kind = judged.length > 0 && kept === judged.length && failed === 0 ? 'kept' : 'broken';
  return `<span class="verdict ${kind}">${kept} of ${judged.length} drills kept their promise</span>${rest}.`;
}

function renderFacts({ machine, version, rate, seconds, throwAway, environment }: Reported): string {
  const rows: readonly (readonly [string, string])[] = [
    ['when', machine.at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ['took', formatSeconds(seconds)],
    ['release', version ?? 'not named by the app'],
    [
      'where',
      throwAway
        ? `target local, an environment with the settings of ${environment}, removed afterwards`
        : `target local, ${environment} as it ran`,
    ],
    ['load', `${rate} requests per second, open-loop, from the same machine; latency from when a request was due`],
    ['machine', `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}`],
    ['versions', `Docker ${machine.docker}, Node.js ${machine.node}`],
    ['alarms', 'switched on for the drills that promise one; a minute of CloudWatch is five seconds there'],
  ];
  return `<dl class="facts">${rows.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
}

function renderUnfired({ unfired }: Reported): string {
  if (unfired === undefined) return '';
  const rows = unfired.map(
    ({ name, because }) => `<li>${escaped(name)} <span class="quiet">${escaped(because)}</span></li>`,
  );
  const list = rows.length === 0 ? '<p>None.</p>' : `<ul>${rows.join('')}</ul>`;
  return `<section id="unfired">
<h2>Alarms that no drill makes fire</h2>
${list}
</section>`;
}

function renderTable(results: readonly DrillResult[]): string {
  const rows = results.map((result) => {
    const { name, outcome } = result;
    const verdict = `<td class="verdict ${outcome.replace(' ', '-')}">${marks[outcome]} ${outcome}</td>`;
    if (!ran(result))
      return `<tr><td>${escaped(name)}</td>${verdict}<td colspan="3" class="quiet">${escaped(result.because)}</td></tr>`;
    const { seconds } = result.timeline;
    const failed = seconds.reduce((sum, second) => sum + second.failed, 0);
    return `<tr><td><a href="#${escaped(name)}">${escaped(name)}</a></td>${verdict}<td class="number">${result.requests}</td><td class="number">${failed}</td><td class="number optional">${formatSeconds(result.seconds)}</td></tr>`;
  });
  return `<table>
<thead><tr><th>drill</th><th>promise</th><th class="number">requests</th><th class="number">failed</th><th class="number optional">took</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>`;
}

function renderDrill(result: DrillResult): string {
  if (!ran(result)) return '';
  const { name, title, outcome, findings, timeline, sabotage } = result;
  const remark = remarkOn(result);
  return `<section id="${escaped(name)}">
<div class="head"><h2>${escaped(name)}</h2><span class="verdict ${outcome}">${marks[outcome]} ${outcome}</span></div>
<p>${escaped(title)}</p>
${sabotage === undefined ? '' : `<p class="broken">Sabotaged on purpose: ${escaped(sabotage)}.</p>`}
${remark === undefined ? '' : `<p class="broken">${escaped(remark)}.</p>`}
<ul class="promise">${findings.map(renderFinding).join('')}</ul>
${(['wide', 'narrow'] as const).map((width) => `<div class="${width}">${drawTimeline(timeline, widths[width], `${name} over time`)}</div>`).join('\n')}
${renderLegend(result)}
<ol class="marks">${timeline.marks.map(({ at, text }) => `<li>${(at / 1000).toFixed(1)} s: ${escaped(text)}</li>`).join('')}</ol>
</section>`;
}

function renderFinding(finding: Finding): string {
  const [kind, mark, seen] =
    'kept' in finding
      ? [finding.kept ? 'kept' : 'broken', finding.kept ? '✓' : '✗', finding.seen]
      : ['not-run', '–', `not checked: ${finding.notChecked}`];
  return `<li><span class="mark-of ${kind}">${mark}</span>${escaped(finding.promised)} <span class="quiet">${escaped(seen)}</span></li>`;
}

function renderLegend({ timeline }: Ran): string {
  const entry = (kind: string, text: string) => `<span><i class="${kind}"></i>${escaped(text)}</span>`;
  return `<div class="legend">${[
    entry('p50', 'p50'),
    entry('p99', 'p99'),
    ...Object.keys(timeline.ready).map((service, index) => entry(`tasks-${index % 3}`, `tasks of ${service}`)),
    ...versionsIn(timeline).map((version, index) => entry(`version-${index % versionColours}`, version)),
  ].join('')}</div>`;
}
