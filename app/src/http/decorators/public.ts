const open = new WeakSet<object>();

/** Lets anyone call an endpoint, or all of a controller. Whatever does not say so asks for an access token. */
export function Public() {
  return (target: object, _name?: string | symbol, method?: PropertyDescriptor): void => {
    open.add(method?.value ?? target);
  };
}

export function isPublic(controller: object, method: object): boolean {
  return open.has(method) || open.has(controller);
}
