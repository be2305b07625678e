import type { Settings } from '../../settings/settings.ts';

/** OTLP endpoint of the collector. The containers of a task share the loopback interface. */
export const collectorEndpoint = 'http://127.0.0.1:4318';

/**
 * Receives traces over OTLP and exports them to X-Ray. The memory limiter drops traces before the container reaches its
 * memory limit.
 * https://aws-otel.github.io/docs/setup/ecs/config-through-ssm
 */
const configuration = `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:4318
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 75
    spike_limit_percentage: 25
  batch:
exporters:
  awsxray:
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, batch]
      exporters: [awsxray]
`;

export interface CollectorInput<T> {
  readonly logGroup: T;
  readonly settings: Settings;
}

/**
 * The AWS Distro for OpenTelemetry collector as a sidecar, if tracing is on. Not essential: the app runs on without it.
 * Traces that it has not exported when the task stops are lost.
 */
export function collectorDefinitions<T>({ logGroup, settings }: CollectorInput<T>) {
  const { tracing, region } = settings;
  if (tracing === undefined) return [];
  return [
    {
      name: 'collector',
      image: tracing.collectorImage,
      essential: false,
      memory: tracing.collectorMemoryMiB,
      stopTimeout: 10,
      // User of the image.
      user: '4317:4317',
      readonlyRootFilesystem: true,
      linuxParameters: { initProcessEnabled: true },
      environment: [
        { name: 'AOT_CONFIG_CONTENT', value: configuration },
        { name: 'AWS_REGION', value: region },
      ],
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': logGroup,
          'awslogs-region': region,
          'awslogs-stream-prefix': 'collector',
          mode: 'non-blocking',
          'max-buffer-size': '1m',
        },
      },
    },
  ];
}
