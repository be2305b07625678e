/** How often an endpoint may be asked: as others, as one that checks passwords, or as often as anyone likes. */
export type LimitClass = 'usual' | 'auth' | 'none';

const classes = new WeakMap<object, LimitClass>();

/** Sets a controller's method apart from the usual limit. */
export function Limited(limitClass: LimitClass) {
  return (_target: object, _name: string | symbol, descriptor: PropertyDescriptor): void => {
    classes.set(descriptor.value, limitClass);
  };
}

export function limitClassOf(method: object): LimitClass {
  return classes.get(method) ?? 'usual';
}
