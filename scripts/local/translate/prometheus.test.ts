import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { deriveNames } from './names.ts';
import { parseProgram } from './program.ts';
import { renderPrometheusConfig, renderRules } from './prometheus.ts';

const names = deriveNames('example', 'staging');
const program = async (config: Readonly<Record<string, string>> = {}) => parseProgram(await graphOf('staging', config));

describe('the configuration of Prometheus', () => {
  const jobs = async (config: Readonly<Record<string, string>> = {}) =>
    parse(renderPrometheusConfig(await program(config), names)).scrape_configs as {
      job_name: string;
      dns_sd_configs?: object[];
      relabel_configs?: object[];
    }[];

  it('asks the load balancer, each process that serves metrics, and an exporter for each server', async () => {
    const all = (await jobs()).map(({ job_name }) => job_name);
    expect(all).toEqual(['prometheus', 'load-balancer', 'tasks-api', 'tasks-worker', 'engine', 'database', 'valkey']);
    const few = (await jobs({ worker: 'off', valkey: 'off' })).map(({ job_name }) => job_name);
    expect(few).toEqual(['prometheus', 'load-balancer', 'tasks-api', 'engine', 'database']);
  });

  it('finds the tasks where the load balancer finds them, and names them by their process', async () => {
    const worker = (await jobs()).find(({ job_name }) => job_name === 'tasks-worker');
    expect(worker).toMatchObject({
      dns_sd_configs: [{ names: ['tasks.worker'], type: 'A', port: 9464 }],
      relabel_configs: [
        { target_label: 'job', replacement: 'tasks' },
        { target_label: 'process', replacement: 'worker' },
      ],
    });
  });
});

describe('the rules of Prometheus', () => {
  const rules = async () => parse(renderRules((await program()).alarms, 'group')).groups[0];

  it('are the alarms of the program, all but those that nothing here measures', async () => {
    const { alarms } = await program();
    const { name, rules: rendered } = await rules();
    expect(name).toBe('group');
    const measured = alarms.filter(({ rule }) => 'promql' in rule).map((alarm) => alarm.name);
    expect(rendered.map(({ alert }: { alert: string }) => alert)).toEqual(measured);
    expect(measured.length).toBe(alarms.length - 2);
  });

  it('say when they fire, what it means, and whose rollout they end', async () => {
    const rule = (await rules()).rules.find(({ alert }: { alert: string }) => alert === 'api-5xx');
    expect(rule).toMatchObject({
      labels: { guards: 'api' },
      annotations: { condition: expect.stringContaining('periods of 5 s'), runbook: expect.stringContaining('.md') },
    });
  });
});
