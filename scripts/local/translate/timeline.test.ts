import { expect, it } from 'vitest';
import { deriveContract } from '../../../infra/contract/contract.ts';
import { parseSettings } from '../../../infra/settings/parse.ts';
import { exampleApp } from '../../../infra/testing/example-app.ts';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { bakeSecondsOf } from '../alarms/guard.ts';
import { parseProgram } from './program.ts';
import { timelinesHere } from './timeline.ts';

const settings = parseSettings({ 'aws:region': 'eu-central-1' }, 'staging');
const numbers = deriveContract(settings, exampleApp);

it('a rollout bakes as long as Swarm watches it, a rollback for a moment, and both longer where alarms guard it', async () => {
  const { alarms } = parseProgram(await graphOf());
  const bakes = (alarmSeconds: number) => {
    const { rollout, rollback } = timelinesHere(numbers, settings, { pull: 2, boot: 5 }, alarmSeconds);
    return [rollout, rollback].map(({ phases }) => phases.find(({ name }) => name === 'bake')?.seconds);
  };
  expect(bakes(0)).toEqual([3, 0.5]);
  expect(bakes(bakeSecondsOf(alarms, ['api']))).toEqual([28, 25.5]);
});

it('no alarm guards what serves no requests, nor what cannot be evaluated', async () => {
  const { alarms } = parseProgram(await graphOf());
  const nowhere = alarms.map((alarm) => ({ ...alarm, rule: { nothing: 'nothing measures it' } }));
  expect([bakeSecondsOf(alarms, ['worker']), bakeSecondsOf(nowhere, ['api']), bakeSecondsOf([], ['api'])]).toEqual([
    0, 0, 0,
  ]);
});
