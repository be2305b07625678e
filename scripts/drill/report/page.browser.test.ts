import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../testing/chromium.ts';
import type { DrillResult } from '../run-drills.ts';
import type { Timeline } from '../timeline.ts';
import { renderReport } from './page.ts';

const findPageFaults = readFileSync(join(import.meta.dirname, '../../testing/page-faults.js'), 'utf8');
const chromium = findChromium(process.env);
const long = '0.1.0-9c48f4fc16b5-dirty-of-a-branch-with-a-very-long-name';

/** Two minutes of a drill, whose marks are as close as those of a fault that ends at once. */
const timeline: Timeline = {
  seconds: Array.from({ length: 120 }, (_, second) => ({
    requests: 100,
    failed: second === 20 ? 37 : 0,
    p50: second === 20 ? null : 3 + (second % 4),
    p99: second === 20 ? 8200 : 11,
    versions: second < 60 ? { '0.1.0-9c48f4fc16b5': 20 } : { '0.1.0-9c48f4fc16b5': 4, [long]: 16 },
  })),
  marks: [
    { at: 0, name: 'command', text: 'stack up staging --image t123-drill/drill:rollout-1 --json' },
    { at: 20_000, name: 'fault', text: `SIGKILL of ${'a'.repeat(90)}` },
    { at: 20_100, name: 'over', text: 'it runs again' },
    { at: 20_900, name: 'command', text: 'stack rollback' },
    { at: 22_000, name: 'ended', text: 'stack rollback ended with 0' },
    ...Array.from({ length: 6 }, (_, index) => ({ at: 100_000 + index, name: 'over' as const, text: `end ${index}` })),
    { at: 120_000, name: 'over', text: 'the end' },
  ],
  allowed: [{ from: 20_000, to: 35_000 }],
  ready: {
    api: [
      { at: 0, ready: 12, desired: 12 },
      { at: 20_000, ready: 11, desired: 12 },
      { at: 119_000, ready: 12, desired: 12 },
    ],
    worker: [{ at: 0, ready: 1, desired: 1 }],
  },
};
const ran = (name: string, outcome: 'kept' | 'broken') =>
  ({
    name,
    title: 'A release is rolled out that is healthy and answers 5 % of the requests with 500; it is then rolled back.',
    promise: [],
    outcome,
    findings: [
      {
        promised: 'at most 16 requests fail: those in flight on it',
        kept: outcome === 'kept',
        seen: '37 of 12000 failed',
      },
      { promised: 'nothing acknowledged is lost or doubled', notChecked: 'no write: the app has no journal' },
    ],
    seconds: 121,
    requests: 12_000,
    lateMs: outcome === 'kept' ? 3 : 900,
    timeline,
  }) satisfies DrillResult;
const html = renderReport({
  environment: 'staging',
  throwAway: true,
  rate: 100,
  version: long,
  results: [
    ran('slow-shutdown', 'kept'),
    ran('bad-migration', 'broken'),
    { ...ran('kill', 'kept'), timeline: { seconds: [], marks: [], allowed: [], ready: {} } },
    { name: 'db-failover', title: '', promise: [], outcome: 'not run', because: 'target local runs one Postgres' },
  ],
  seconds: 661,
  machine: {
    cpu: 'Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz',
    cores: 2,
    memoryGiB: 16,
    kernel: '6.12.0',
    node: '24.21.0',
    docker: '20.10.24',
    at: '2026-01-02T03:04:05.678Z',
  },
});

describe.skipIf(chromium === undefined)(
  `the report in a browser${chromium === undefined ? ' (skipped: no Chromium on the PATH, or STACK_CHROMIUM)' : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'));
    const path = join(folder, 'report.html');
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      writeFileSync(path, html);
      browser = await puppeteer.launch({
        executablePath: chromium ?? '',
        // Chromium's sandbox needs rights that containers and root do not have; the page is our own.
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
        userDataDir: join(folder, 'profile'),
      });
      page = await browser.newPage();
    });
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });

    async function open(width: number, scheme: string): Promise<void> {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await page.goto(pathToFileURL(path).href);
    }

    it.each([
      ['a desktop', 1280, 'light'],
      ['a desktop', 1280, 'dark'],
      ['a small window', 781, 'light'],
      ['a phone', 390, 'light'],
      ['a phone', 390, 'dark'],
      ['a narrow phone', 360, 'light'],
    ])('has nothing that overlaps, is cut off or is unreadable on %s (%i px, %s)', async (_, width, scheme) => {
      await open(width, scheme);
      expect(await page.evaluate(findPageFaults)).toEqual([]);
    });

    it('is dark where that is preferred, and light on paper', async () => {
      const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
      await open(1280, 'dark');
      expect(await ground()).toBe('rgb(20, 24, 29)');
      await page.emulateMediaType('print');
      expect(await ground()).toBe('rgb(255, 255, 255)');
      expect(await page.evaluate(findPageFaults)).toEqual([]);
      await page.emulateMediaType('screen');
    });

    it.each<[what: string, broken: string, fault: RegExp]>([
      ['covered text', `document.querySelector('section p').style.marginTop = '-24px'`, /cover each other/],
      ['text that is cut off', `document.querySelector('svg text').setAttribute('x', '-9')`, /cut off by its picture/],
      ['a page that is too wide', `document.querySelector('table').style.width = '1400px'`, /px too wide/],
      ['pale text', `document.querySelector('h1').style.color = 'rgb(200, 200, 200)'`, /contrast of 1\.\d only/],
    ])('has tests that find %s', async (_, broken, fault) => {
      await open(1280, 'light');
      await page.evaluate(broken);
      expect(JSON.stringify(await page.evaluate(findPageFaults))).toMatch(fault);
    });
  },
);
