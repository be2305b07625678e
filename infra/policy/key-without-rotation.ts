import { fieldsOf, listOf, type NamedRule, parseDocument } from './rule.ts';

/** Rotation keeps earlier ciphertexts readable. */
export const keyWithoutRotation: NamedRule = {
  name: 'key-without-rotation',
  description: 'Keys rotate, have a 30-day deletion window, and name each action in their policy.',
  check: ({ type, inputs }) => {
    if (type !== 'aws:kms/key:Key') return [];
    const { enableKeyRotation, deletionWindowInDays, policy } = inputs;
    const statements = listOf(fieldsOf(parseDocument(policy))['Statement']).map(fieldsOf);
    const wild = statements.flatMap(({ Action }) => listOf(Action)).filter((action) => String(action).includes('*'));
    return [
      ...(enableKeyRotation === true ? [] : ['The key does not rotate: set enableKeyRotation.']),
      ...(typeof deletionWindowInDays === 'number' && deletionWindowInDays < 30
        ? ['The deletion window of the key is too short: set deletionWindowInDays to 30.']
        : []),
      ...wild.map((action) => `The key policy allows ${String(action)}: name each action.`),
    ];
  },
};
