import { fieldsOf, listOf, type NamedRule, parseDocument } from './rule.ts';

/** What a key encrypted stays readable when it turns: nothing speaks against it. */
export const keyWithoutRotation: NamedRule = {
  name: 'key-without-rotation',
  description: 'Keys turn by themselves, can be saved for a while, and name each action in their policy.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:kms/key:Key') return [];
    const { enableKeyRotation, deletionWindowInDays, policy } = inputs;
    const statements = listOf(fieldsOf(parseDocument(policy))['Statement']).map(fieldsOf);
    const wild = statements.flatMap(({ Action }) => listOf(Action)).filter((action) => String(action).includes('*'));
    return [
      ...(enableKeyRotation === true ? [] : ['The key never turns: set enableKeyRotation.']),
      ...(typeof deletionWindowInDays === 'number' && deletionWindowInDays < 30
        ? ['The key is gone within a month of its deletion: set deletionWindowInDays to 30.']
        : []),
      ...wild.map((action) => `The policy of the key allows ${String(action)}: name each action.`),
    ];
  },
};
