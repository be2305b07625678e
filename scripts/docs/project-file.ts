import { isMap, isPair, isScalar, type Pair, parseDocument, stringify } from 'yaml';
import { settingsByKey } from '../../infra/settings/keys/all.ts';

/**
 * Pulumi.yaml with a `config` section that declares every setting. The rest of the file stays as it is, and so do values
 * of other namespaces in that section, such as `aws:region`.
 *
 * @param text the file as it is
 */
export function renderProjectFile(text: string): string {
  const document = parseDocument(text);
  const items: readonly unknown[] = isMap(document.contents) ? document.contents.items : [];
  const section = items.find(isConfigSection);
  const kept = Object.entries(isMap(section?.value) ? (section.value.toJS(document) as object) : {}).filter(
    ([key]) => key.includes(':') && !key.startsWith(`${document.get('name')}:`),
  );
  // Pulumi requires a default for each declared key: that of an optional setting is empty.
  const declared = [...settingsByKey].map(([key, { facts }]) => [
    key,
    { type: facts.type, description: facts.description, default: facts.default ?? '' },
  ]);
  const rendered = stringify({ config: Object.fromEntries([...kept, ...declared]) }, { lineWidth: 0 });
  const [start, end] = section === undefined ? [text.length, text.length] : rangeOf(section, text);
  return text.slice(0, start) + rendered + text.slice(end);
}

function isConfigSection(item: unknown): item is Pair {
  return isPair(item) && isScalar(item.key) && item.key.value === 'config';
}

/** From the key to the end of the value, comments after it excluded. */
function rangeOf({ key, value }: Pair, text: string): readonly [number, number] {
  const start = isScalar(key) ? (key.range?.[0] ?? text.length) : text.length;
  const end = isMap(value) || isScalar(value) ? (value.range?.[1] ?? text.length) : text.length;
  return [start, end];
}
