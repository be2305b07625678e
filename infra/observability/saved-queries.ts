import { QueryDefinition } from '@pulumi/aws/cloudwatch/queryDefinition.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Naming } from '../foundation/naming.ts';

/** CloudWatch Logs Insights queries on fields that the app logs. */
const queries: Readonly<Record<string, { readonly asks: string; readonly query: string }>> = {
  correlation: {
    asks: 'one request by its correlation id',
    query: `fields @timestamp, level, operation, statusCode, durationMs, msg
| filter correlationId = "<correlation id>"
| sort @timestamp asc`,
  },
  slow: {
    asks: 'slow requests by operation',
    query: `filter ispresent(durationMs)
| stats count(*) as requests, pct(durationMs, 50) as p50, pct(durationMs, 99) as p99, max(durationMs) as slowest by operation
| sort p99 desc`,
  },
  errors: {
    asks: 'errors by release',
    query: `filter statusCode >= 500
| stats count(*) as errors by version, operation
| sort errors desc`,
  },
};

/** Saves the queries, so that nobody has to remember field names during an incident. */
export function saveQueries(
  name: string,
  { naming, logGroupNames }: { readonly naming: Naming; readonly logGroupNames: readonly pulumi.Input<string>[] },
  parent: pulumi.Resource,
): void {
  for (const [key, { asks, query }] of Object.entries(queries)) {
    new QueryDefinition(
      `${name}-${key}`,
      { name: `${naming.prefix}/${asks}`, logGroupNames: [...logGroupNames], queryString: query },
      { parent },
    );
  }
}
