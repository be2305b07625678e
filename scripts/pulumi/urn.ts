/**
 * The resource's own type and its logical name, of `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`:
 * https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
 */
export function splitUrn(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = '', ...name] = urn.split('::');
  return { type: types.split('$').at(-1) ?? types, name: name.join('::') };
}
