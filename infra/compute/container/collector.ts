import type { Settings } from '../../settings/settings.ts';

/** Where the app sends its traces: containers of a task share their loopback interface. */
export const collectorEndpoint = 'http://127.0.0.1:4318';

/**
 * Takes the app's traces by OTLP and hands them on to X-Ray. It limits itself below its container's memory, and drops
 * traces rather than be killed.
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
 * The collector beside the app in its task, where the settings want traces. Not essential: the app goes on without it.
 * Stopped after the app by nobody: what it has not sent yet when the task ends is lost.
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
      // The image’s own user.
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
