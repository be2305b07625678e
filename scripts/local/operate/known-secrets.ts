import { readGivenSecrets } from '../state/given-secrets.ts';
import { folderOf, type Place } from '../state/place.ts';
import { readSecrets } from '../state/secrets.ts';

/** Values of all secrets of an environment, generated and given, in no order. */
export async function knownSecrets(place: Place): Promise<readonly string[]> {
  const folder = folderOf(place);
  const [generated, given] = await Promise.all([readSecrets(folder.secrets), readGivenSecrets(folder.givenSecrets)]);
  return [...Object.values(generated), ...Object.values(given).map(({ value }) => value)];
}
