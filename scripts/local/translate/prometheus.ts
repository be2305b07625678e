import { stringify } from 'yaml';
import { metricsPort } from '../../../infra/contract/metrics-port.ts';
import { type Alarm, minuteSeconds } from './alarms.ts';
import { jobNames, loadBalancerMetricsPort, type Measured, servesMetrics } from './metrics.ts';
import type { Names } from './names.ts';

/** Where the exporters listen, inside their containers. */
export const exporterPorts = { engine: 9100, database: 9187, valkey: 9121 } as const;

export const prometheusPort = 9090;

/** Files of Prometheus, and the folder in which it finds them. */
export const prometheusFolder = '/monitoring';
export const prometheusFiles = { config: 'prometheus.yml', rules: 'rules.yml' } as const;

/** Tasks and load balancer are asked each second: the shortest period of an alarm is five. */
const quick = { scrape_interval: '1s', scrape_timeout: '1s' };
const slower = { scrape_interval: '2s', scrape_timeout: '2s' };

/** Of the two thousand series that HAProxy has for twenty servers, those that expressions ask for. */
const readOfHaproxy =
  'haproxy_(backend_(http_requests|http_responses|connection_errors|response_errors)_total|server_(http_responses_total|status))';

/**
 * What Prometheus asks: HAProxy, each task of a process that serves metrics, and the exporters. Tasks come from Docker's
 * DNS, as for HAProxy.
 */
export function renderPrometheusConfig(measured: Measured, names: Names): string {
  const { services, database, valkey, loadBalancer } = measured;
  const exporter = (job: 'engine' | 'database' | 'valkey') => ({
    job_name: jobNames[job],
    ...slower,
    static_configs: [{ targets: [`${names.exporters[job]}:${exporterPorts[job]}`] }],
  });
  return stringify({
    global: { ...quick, evaluation_interval: '1s' },
    rule_files: [prometheusFiles.rules],
    scrape_configs: [
      { job_name: jobNames.prometheus, ...slower, static_configs: [{ targets: [`127.0.0.1:${prometheusPort}`] }] },
      ...(loadBalancer === undefined
        ? []
        : [
            {
              job_name: jobNames.loadBalancer,
              ...quick,
              params: { scope: ['backend', 'server'] },
              static_configs: [{ targets: [`${names.loadBalancer}:${loadBalancerMetricsPort}`] }],
              metric_relabel_configs: [{ source_labels: ['__name__'], regex: readOfHaproxy, action: 'keep' }],
            },
          ]),
      ...services.filter(servesMetrics).map(({ name }) => ({
        job_name: `${jobNames.tasks}-${name}`,
        ...quick,
        dns_sd_configs: [{ names: [`tasks.${name}`], type: 'A', port: metricsPort, refresh_interval: '2s' }],
        relabel_configs: [
          { target_label: 'job', replacement: jobNames.tasks },
          { target_label: 'process', replacement: name },
        ],
      })),
      exporter('engine'),
      ...(database === undefined ? [] : [exporter('database')]),
      ...(valkey === undefined ? [] : [exporter('valkey')]),
    ],
  });
}

/**
 * The alarms as rules, all but those that nothing here measures.
 *
 * @param name of their group, by which it is seen that Prometheus has loaded them
 */
export function renderRules(alarms: readonly Alarm[], name: string): string {
  const rules = alarms.flatMap(({ name: alert, rule, condition, description, runbook, guards }) =>
    'nothing' in rule
      ? []
      : [
          {
            alert,
            expr: rule.promql,
            labels: { guards: guards.join(',') },
            // Prometheus would take braces in a text of ours for a template.
            annotations: { condition: plain(condition), description: plain(description), runbook },
          },
        ],
  );
  return `# A minute of CloudWatch is ${minuteSeconds} s here. Written by the local target: changes are lost.\n${stringify(
    {
      groups: [{ name, interval: '1s', rules }],
    },
  )}`;
}

function plain(text: string): string {
  return text.replaceAll('{{', '{').replaceAll('}}', '}');
}
