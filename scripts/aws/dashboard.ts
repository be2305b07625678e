import { partitionOf } from '../../infra/catalog/partition.ts';

/** Domains of the console. https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/what-is.html */
const consoles = {
  aws: (region: string) => `${region}.console.aws.amazon.com`,
  'aws-cn': (region: string) => `${region}.console.amazonaws.cn`,
  'aws-us-gov': () => 'console.amazonaws-us-gov.com',
} as const;

/** Where CloudWatch shows a dashboard. Who opens it there logs in to the account. */
export function dashboardAddress(region: string, name: string): string {
  const host = consoles[partitionOf(region)](region);
  return `https://${host}/cloudwatch/home?region=${region}#dashboards/dashboard/${name}`;
}
