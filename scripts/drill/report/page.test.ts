import { describe, expect, it } from 'vitest';
import type { DrillResult } from '../run-drills.ts';
import type { Timeline } from '../timeline.ts';
import { type Reported, renderReport } from './page.ts';
import { drawTimeline } from './timeline-picture.ts';

const timeline: Timeline = {
  seconds: [
    { requests: 100, failed: 0, p50: 4, p99: 12, versions: { '1.0.0': 20 } },
    { requests: 60, failed: 40, p50: 5, p99: 900, versions: { '1.0.0': 10, '<2.0.0>': 10 } },
    { requests: 0, failed: 0, p50: null, p99: null, versions: {} },
  ],
  marks: [{ at: 1200, name: 'fault', text: 'SIGKILL of a "task" & more' }],
  allowed: [{ from: 1200, to: 9000 }],
  ready: {
    api: [
      { at: 100, ready: 2, desired: 2 },
      { at: 1500, ready: 1, desired: 2 },
    ],
  },
};
const broken: DrillResult = {
  name: 'kill',
  title: 'A task is killed.',
  promise: ['no request fails'],
  outcome: 'broken',
  findings: [
    { promised: 'no request fails', kept: false, seen: '40 of 160 failed' },
    { promised: 'nothing acknowledged is lost or doubled', notChecked: 'no write' },
  ],
  seconds: 3,
  requests: 160,
  lateMs: 3,
  timeline,
};
const absent: DrillResult = {
  name: 'db-failover',
  title: '',
  promise: [],
  outcome: 'not run',
  because: 'one Postgres',
};
const report = (results: readonly DrillResult[]): Reported => ({
  environment: 'staging',
  throwAway: true,
  rate: 100,
  version: '1.0.0',
  results,
  seconds: 61,
  machine: {
    cpu: 'a CPU',
    cores: 2,
    memoryGiB: 16,
    kernel: '6',
    node: '24',
    docker: 'unknown',
    at: '2026-01-02T03:04:05.678Z',
  },
});

describe('the report of drills', () => {
  const page = renderReport(report([broken, absent]));

  it('says what was promised, what was seen, and what was not checked or not run', () => {
    expect(page).toContain('0 of 1 drills kept their promise');
    expect(page).toMatch(/class="mark-of broken">✗<\/span>no request fails <span class="quiet">40 of 160 failed/);
    expect(page).toContain('not checked: no write');
    expect(page).toContain('one Postgres');
    expect(page).toContain('2 cores of a CPU');
    expect(page).toContain('2026-01-02 03:04:05 UTC');
  });

  it('is never green where nothing was judged', () => {
    expect(renderReport(report([absent]))).toContain('class="verdict broken">0 of 0 drills');
    expect(renderReport(report([{ ...broken, outcome: 'kept' }]))).toContain('class="verdict kept">1 of 1 drills');
  });

  it('says where the machine was too busy, and what could not be carried out', () => {
    expect(page).not.toContain('too busy');
    expect(renderReport(report([{ ...broken, lateMs: 900 }]))).toContain('requests left up to 0.9 s late');
    const failed = { ...absent, outcome: 'failed', because: 'no task answers' } as const;
    const text = renderReport(report([{ ...broken, outcome: 'kept' }, failed]));
    expect(text).toContain(
      'class="verdict broken">1 of 1 drills kept their promise</span>; 1 could not be carried out',
    );
    expect(text).toContain('no task answers');
  });

  it('needs nothing from elsewhere', () => {
    expect(page).not.toMatch(/https?:|<script|@import|url\(|<link|<img/);
  });

  it('shows text as text', () => {
    expect(page).toContain('SIGKILL of a &quot;task&quot; &amp; more');
    expect(page).toContain('&lt;2.0.0&gt;');
    expect(page).not.toContain('<2.0.0>');
  });

  it('draws all of a timeline inside its picture, at both widths', () => {
    for (const width of [760, 330]) {
      const picture = drawTimeline(timeline, width, 'kill over time');
      const height = Number(/height="(\d+)" role/.exec(picture)?.[1]);
      expect(picture).not.toContain('NaN');
      for (const [, name, value] of picture.matchAll(/ (x|x1|x2|y|y1|y2)="(-?[\d.]+)"/g)) {
        expect(Number(value)).toBeGreaterThanOrEqual(0);
        expect(Number(value)).toBeLessThanOrEqual(name?.startsWith('x') === true ? width : height);
      }
      expect(picture.match(/class="failed"/g)).toHaveLength(1);
      // Behind requests and behind their latency.
      expect(picture.match(/class="band"/g)).toHaveLength(2);
    }
  });

  it('draws a drill in which nothing was sent', () => {
    const empty = { seconds: [], marks: [], allowed: [], ready: {} };
    expect(drawTimeline(empty, 330, 'nothing')).not.toMatch(/NaN|undefined|Infinity/);
  });
});
