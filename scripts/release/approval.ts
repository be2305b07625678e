import { Refusal } from '../messages/user-error.ts';
import type { Flow } from './flow.ts';

/** Rejects unless a person says yes. */
export async function assertApproved({ prompt }: Pick<Flow, 'prompt'>, question: string): Promise<void> {
  if (await prompt.approve(question)) return;
  throw new Refusal({ code: 'DECLINED', message: 'Not approved. Nothing was changed.' });
}
