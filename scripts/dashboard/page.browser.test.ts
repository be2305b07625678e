import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../testing/chromium.ts';
import { type Served, serveDashboard } from './server.ts';
import type { Sources } from './sources.ts';
import { busySources, unknownSources } from './testing/fixture.ts';
import { programPanels } from './testing/program-panels.ts';

const project = resolve(import.meta.dirname, '../..');
const findPageFaults = readFileSync(join(project, 'scripts/testing/page-faults.js'), 'utf8');
const chromium = findChromium(process.env);
/** Where pictures of the page go, for somebody to look at. */
const pictures = process.env['STACK_PICTURES'];

describe.skipIf(chromium === undefined)(
  `the dashboard in a browser${chromium === undefined ? ' (skipped: no Chromium on the PATH, or STACK_CHROMIUM)' : ''}`,
  () => {
    const profile = mkdtempSync(join(tmpdir(), 'dashboard-'));
    let browser: Browser;
    let page: Page;
    let sources: Sources;
    let served: Served;
    const troubles: string[] = [];

    beforeAll(async () => {
      const panels = await programPanels();
      const place = { x: 0, y: 99, width: 8, height: 6 };
      sources = busySources([...panels, { kind: 'other', title: 'Notes', place, reason: 'a widget of type text' }]);
      served = await serveDashboard(sources, join(project, 'docs/runbooks'));
      browser = await puppeteer.launch({
        executablePath: chromium ?? '',
        // Chromium's sandbox needs rights that containers and root do not have; the page is our own.
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
        userDataDir: profile,
      });
      page = await browser.newPage();
      page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
      page.on('pageerror', (error) => void troubles.push(String(error)));
      page.on('request', (request) => void (request.url().startsWith(served.address) || troubles.push(request.url())));
    });
    afterAll(async () => {
      await browser?.close();
      await served?.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });

    async function open(width: number, scheme: string, address = served.address): Promise<void> {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await page.goto('about:blank');
      await page.goto(address);
      await page.waitForSelector('.process, #running .warn');
      await page.waitForSelector('#failures .lines, #failures .warn');
      await page.waitForSelector('.uplot canvas');
    }

    it.each([
      ['a desktop', 1280, 'light'],
      ['a desktop', 1280, 'dark'],
      ['a wide screen', 1920, 'light'],
      ['a small window', 781, 'light'],
      ['a phone', 390, 'light'],
      ['a phone', 390, 'dark'],
    ])('has nothing that overlaps, is cut off or is unreadable on %s (%i px, %s)', async (_, width, scheme) => {
      await open(width, scheme);
      expect(await page.evaluate(findPageFaults)).toEqual([]);
      if (pictures === undefined) return;
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${width}-${scheme}.png`) as `${string}.png`, fullPage: true });
    });

    it('draws each chart of the program that has figures here, and names what has none', async () => {
      await open(1280, 'light');
      const charts = sources.outline.panels.filter((panel) => panel.kind === 'chart');
      const titles = (selector: string) =>
        page.$$eval(selector, (panels) => panels.map((panel) => panel.querySelector('h3')?.textContent));

      expect(await titles('.panel:has(canvas)')).toEqual(
        charts.filter(({ lines }) => lines.length > 0).map(({ title }) => title),
      );
      expect(await titles('.panel:has(.missing)')).toEqual(
        sources.outline.panels
          .filter((panel) => panel.kind === 'other' || (panel.kind === 'chart' && panel.missing.length > 0))
          .map(({ title }) => title),
      );
      // More than one colour: a line was drawn, not only its axes.
      const inks = await page.$eval('.uplot canvas', (element) => {
        const canvas = element as unknown as {
          width: number;
          height: number;
          getContext(kind: '2d'): {
            getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
          };
        };
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
      expect(inks).toBeGreaterThan(20);
    });

    it('calls the release that is rolled out by its version, which its tasks do not say yet', async () => {
      await open(1280, 'light');
      const api = await page.$eval('.releases', (list) => list.textContent?.replace(/\s+/g, ' ') ?? '');

      expect(api).toMatch(/^ 0\.1\.0-77f0c0a1b2c3 3 tasks 0\.1\.0-9c48f4fc16b5-dirty\S+ coming: 3 tasks, 2 healthy $/);
    });

    it('says what fires, with its runbook, and opens it', async () => {
      await open(1280, 'light');
      const firing = await page.$eval('.firing', (element) => element.textContent?.replace(/\s+/g, ' ') ?? '');
      expect(firing).toMatch(/✗ api-5xx for \d+ (s|min) HTTPCode_Target_5XX_Count .* periods of 5 s.* runbook/);
      const response = await page.goto(
        await page.$eval('.firing a', (link) => (link as unknown as { href: string }).href),
      );
      expect(await response?.text()).toMatch(/^# /);
    });

    it('leads from an error to all lines of its correlation id, at an address of its own', async () => {
      await open(1280, 'light');
      await page.click('#failures button.id');
      await page.waitForSelector('#trace .lines');
      const lines = await page.$$eval('#trace .lines li', (rows) =>
        rows.map((row) => row.textContent?.replace(/\s+/g, ' ').trim()),
      );

      expect(lines).toHaveLength(4);
      expect(lines[2]).toMatch(/^\+180 ms worker\.1 warn job failed/);
      expect(page.url()).toMatch(/#trace=7f0d2c1a-/);
      const address = page.url();
      await open(390, 'light', address);
      await page.waitForSelector('#trace .lines');
      expect(await page.evaluate(findPageFaults)).toEqual([]);
    });

    it('changes the range of all charts, and says which one is chosen', async () => {
      await open(1280, 'light');
      const [, hour] = await page.$$('.ranges button');
      await hour?.click();
      await page.waitForFunction(`document.querySelector('.ranges button:nth-child(2)').ariaPressed === 'true'`);
      expect(
        await page.$$eval('.ranges [aria-pressed="true"]', (buttons) => buttons.map((one) => one.textContent)),
      ).toEqual(['1 h']);
    });

    it('gives every control and chart a name', async () => {
      await open(1280, 'light');
      const tree = await page.accessibility.snapshot({ interestingOnly: false });
      const names: [role: string, name: string][] = [];
      const walk = (node: NonNullable<typeof tree>) => {
        names.push([node.role, node.name ?? '']);
        for (const child of node.children ?? []) walk(child);
      };
      if (tree !== null) walk(tree);
      const unnamed = names.filter(
        ([role, name]) =>
          /^(button|link|textbox|article|region|progressbar|progressIndicator)$/.test(role) && name.trim() === '',
      );

      expect(names.filter(([role]) => role === 'article').length).toBe(sources.outline.panels.length);
      expect(unnamed).toEqual([]);
    });

    it('says of what cannot be read that it is unknown, and never that all is well', async () => {
      const dead = await serveDashboard(unknownSources(await programPanels()), join(project, 'docs/runbooks'));
      try {
        await page.goto(dead.address);
        await page.waitForSelector('#failures .warn');
        await page.waitForSelector('.panel .warn');
        const text = await page.$eval('body', (body) => body.textContent ?? '');
        expect(text).toContain('what runs is unknown: The Docker engine does not answer.');
        expect(text).not.toMatch(/✓|None is firing|No line of the last hour/);
        expect(await page.evaluate(findPageFaults)).toEqual([]);
      } finally {
        await dead.close();
        troubles.length = 0;
      }
    });

    it('says that the command has ended', async () => {
      const short = await serveDashboard(sources, join(project, 'docs/runbooks'));
      await page.goto(short.address);
      await page.waitForSelector('.process');
      await short.close();
      await page.waitForFunction(`document.querySelector('#top').textContent.includes('The command has ended')`);
      troubles.length = 0;
    });

    it('asks nobody else for anything, and breaks no rule of its own policy', async () => {
      await open(1280, 'light');
      expect(troubles).toEqual([]);
    });
  },
);
