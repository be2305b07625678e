import { createParamDecorator } from '@nestjs/common';
import { currentRequest } from '../../logging/request-context.ts';

/** The id of the user whose access token came with the request. */
export const CurrentUser = createParamDecorator((): string => {
  const userId = currentRequest()?.userId;
  if (userId === undefined) {
    throw new TypeError('an endpoint that asks for the user is public');
  }
  return userId;
});
