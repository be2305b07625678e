import { expect, it } from 'vitest';
import { find } from '../../infra/testing/find.ts';
import { graphOf } from '../../infra/testing/graph-of.ts';
import { dashboardAddress } from './dashboard.ts';
import { namesOf } from './names.ts';

it.each([
  ['eu-central-1', 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1'],
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1'],
  ['us-gov-west-1', 'https://console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1'],
])('the console of %s shows the dashboard that the program makes', async (region, console) => {
  const { inputs } = find(await graphOf(), 'aws:cloudwatch/dashboard:Dashboard', 'observability');

  expect(dashboardAddress(region, namesOf('staging').dashboard)).toBe(
    `${console}#dashboards/dashboard/${inputs['dashboardName']}`,
  );
});
