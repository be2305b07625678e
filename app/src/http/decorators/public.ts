import { SetMetadata, type Type } from '@nestjs/common';

const key = 'public';

/** Lets anyone call an endpoint, or all of a controller. Whatever does not say so asks for an access token. */
export const Public = () => SetMetadata(key, true);

// biome-ignore lint/complexity/noBannedTypes: Nest hands handlers over as this.
export function isPublic(controller: Type, handler: Function): boolean {
  return Reflect.getMetadata(key, handler) === true || Reflect.getMetadata(key, controller) === true;
}
