import ts from 'typescript';
import { type AppFolder, sourcesOf } from './app-folder.ts';

/** A variable that the code reads. */
export interface VariableUse {
  readonly name: string;
  /** Where it is read first. */
  readonly file: string;
  /** The code has a default or says that it need not be there. */
  readonly optional: boolean;
  /** A literal that stands in for it. */
  readonly fallback?: string;
}

/** A path that answers GET. */
export interface GetRoute {
  /** With the prefix and version in front of it, as far as they can be seen. */
  readonly path: string;
  readonly file: string;
  /** It asks the database or another dependency. */
  readonly asksDependencies: boolean;
  /** Its prefix cannot be seen. */
  readonly uncertain: boolean;
}

/** What the sources say, file by file. */
export interface SourceFacts {
  readonly variables: readonly VariableUse[];
  readonly routes: readonly GetRoute[];
  /** Variables and numbers in the call of `listen`. */
  readonly listen: {
    readonly variables: readonly string[];
    readonly ports: readonly number[];
    readonly loopback?: string;
  };
  /** Files with `@Cron`, and how many there are. */
  readonly crons: readonly { readonly file: string; readonly count: number }[];
  /** Files that process jobs: `@Processor`, `new Worker(`. */
  readonly jobs: readonly string[];
  /** Files with `new DataSource(…)` at the top level, of TypeORM. */
  readonly dataSources: readonly DataSourceFile[];
  /** The app changes the schema when it starts: `synchronize: true`, `migrationsRun: true`. */
  readonly changesSchema: readonly string[];
  /** Nest calls `enableShutdownHooks`, or a listener for SIGTERM is there. */
  readonly endsInOrder: boolean;
  /** Files that read variables by names which are not written there. */
  readonly unnamed: readonly string[];
  /** A client of Redis is given `tls`. */
  readonly redisOverTls: boolean;
  /** Packages that are loaded when the code runs, by the file that names them first. */
  readonly packages: Readonly<Record<string, string>>;
  /** Folders that multer writes to. */
  readonly writes: readonly { readonly path: string; readonly file: string }[];
}

export interface DataSourceFile {
  readonly file: string;
  /** It reads other files of the app, which may read any variable. */
  readonly imports: boolean;
}

const upper = /^[A-Z][A-Z0-9_]*$/;

interface Found {
  readonly uses: Map<string, VariableUse>;
  readonly routes: { path: string; file: string; asksDependencies: boolean; version: 'neutral' | 'default' | string }[];
  readonly crons: Map<string, number>;
  readonly jobs: Set<string>;
  readonly dataSources: DataSourceFile[];
  readonly changesSchema: Set<string>;
  readonly listen: { variables: Set<string>; ports: Set<number>; loopback?: string };
  readonly writes: { path: string; file: string }[];
  readonly packages: Map<string, string>;
  readonly unnamed: Set<string>;
  prefix: { text: string; certain: boolean; excluded: readonly string[] } | undefined;
  versioning: string | undefined;
  endsInOrder: boolean;
  redisOverTls: boolean;
}

/** Reads each source once, with TypeScript's own parser: nothing is run. */
export function sourceFactsOf(folder: AppFolder): SourceFacts {
  const found: Found = {
    uses: new Map(),
    routes: [],
    crons: new Map(),
    jobs: new Set(),
    dataSources: [],
    changesSchema: new Set(),
    listen: { variables: new Set(), ports: new Set() },
    writes: [],
    packages: new Map(),
    unnamed: new Set(),
    prefix: undefined,
    versioning: undefined,
    endsInOrder: false,
    redisOverTls: false,
  };
  for (const file of sourcesOf(folder)) {
    const text = folder.read(file);
    if (text === undefined) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    visit(source, {
      file,
      found,
      source,
      dependencies: /Indicator|\.pingCheck\(|isHealthy\(|\$queryRaw|\.query\(|SELECT 1/.test(text),
    });
  }
  for (const file of folder.files.filter((name) => name.endsWith('.prisma'))) {
    for (const [, name = ''] of (folder.read(file) ?? '').matchAll(/\benv\("([A-Z][A-Z0-9_]*)"\)/g)) {
      use(found, { name, file, optional: false });
    }
  }
  return {
    variables: [...found.uses.values()].toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
    routes: routesOf(found),
    listen: {
      variables: [...found.listen.variables],
      ports: [...found.listen.ports],
      ...(found.listen.loopback === undefined ? {} : { loopback: found.listen.loopback }),
    },
    crons: [...found.crons].map(([file, count]) => ({ file, count })),
    jobs: [...found.jobs],
    dataSources: found.dataSources,
    changesSchema: [...found.changesSchema],
    endsInOrder: found.endsInOrder,
    redisOverTls: found.redisOverTls,
    packages: Object.fromEntries(found.packages),
    unnamed: [...found.unnamed],
    writes: found.writes,
  };
}

/** Nest: https://docs.nestjs.com/faq/global-prefix and https://docs.nestjs.com/techniques/versioning */
function routesOf({ routes, prefix, versioning }: Found): readonly GetRoute[] {
  return routes.map(({ path, file, asksDependencies, version }) => {
    const versioned = version === 'neutral' ? '' : version === 'default' ? (versioning ?? '') : version;
    const withVersion = versioned === '' || versioning === undefined ? path : clean(`v${versioned}/${path}`);
    const excluded = prefix?.excluded.some((each) => clean(each) === path) === true;
    if (prefix === undefined || excluded) return { path: withVersion, file, asksDependencies, uncertain: false };
    return {
      path: clean(`${prefix.text}/${withVersion}`),
      file,
      asksDependencies,
      uncertain: !prefix.certain,
    };
  });
}

interface Place {
  readonly file: string;
  readonly found: Found;
  readonly source: ts.SourceFile;
  readonly dependencies: boolean;
}

function use({ uses }: Found, next: VariableUse): void {
  const earlier = uses.get(next.name);
  if (earlier === undefined) uses.set(next.name, next);
  else {
    // One place that can do without it does not help the other; a schema's word is enough, though.
    const fallback = earlier.fallback ?? next.fallback;
    uses.set(next.name, {
      ...earlier,
      optional: earlier.optional || next.optional,
      ...(fallback === undefined ? {} : { fallback }),
    });
  }
}

function visit(node: ts.Node, place: Place): void {
  const { found, file } = place;
  if (isUnnamed(node)) found.unnamed.add(file);
  const name = environmentName(node) ?? serviceName(node);
  if (name !== undefined) use(found, { name, file, ...defaultOf(node) });
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined && isEnvironment(node.initializer))
    destructured(node, place);
  if (ts.isPropertyAssignment(node)) {
    schemaKey(node, place);
    written(node, place);
    if (node.name.getText() === 'tls' && /redis|valkey|bull/i.test(place.source.text)) found.redisOverTls = true;
    const changes = /^(?:synchronize|migrationsRun)$/.test(node.name.getText());
    if (changes && node.initializer.kind === ts.SyntaxKind.TrueKeyword) found.changesSchema.add(file);
  }
  if (ts.isPropertyDeclaration(node)) validatedProperty(node, place);
  if (ts.isImportDeclaration(node)) imported(node, place);
  if (ts.isCallExpression(node)) call(node, place);
  if (ts.isNewExpression(node)) construction(node, place);
  if (ts.isClassDeclaration(node)) controller(node, place);
  ts.forEachChild(node, (child) => visit(child, place));
}

/** `process.env`, or `env` from `node:process`. */
function isEnvironment(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node)
    ? node.name.text === 'env' && ['process', 'import.meta'].includes(node.expression.getText())
    : false;
}

/** `process.env.X` and `process.env['X']`. */
function environmentName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && isEnvironment(node.expression)) return named(node.name.text);
  if (
    ts.isElementAccessExpression(node) &&
    isEnvironment(node.expression) &&
    ts.isStringLiteralLike(node.argumentExpression)
  ) {
    return named(node.argumentExpression.text);
  }
  return undefined;
}

function named(text: string): string | undefined {
  return upper.test(text) ? text : undefined;
}

/** `config.get('X')` of Nest, `env.get('X')` of env-var, `env('X')` of Prisma's configuration. */
function serviceName(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [first] = node.arguments;
  if (first === undefined || !ts.isStringLiteralLike(first)) return undefined;
  const callee = node.expression;
  if (ts.isIdentifier(callee)) return callee.text === 'env' ? named(first.text) : undefined;
  if (!ts.isPropertyAccessExpression(callee) || !['get', 'getOrThrow', 'require'].includes(callee.name.text))
    return undefined;
  return /(?:config|env)\w*$/i.test(callee.expression.getText()) ? named(first.text) : undefined;
}

/** `process.env[name]` and `config.get(name)`. */
function isUnnamed(node: ts.Node): boolean {
  if (ts.isElementAccessExpression(node))
    return isEnvironment(node.expression) && !ts.isStringLiteralLike(node.argumentExpression);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const [first] = node.arguments;
  const { name, expression } = node.expression;
  const asks = ['get', 'getOrThrow'].includes(name.text) && /config\w*$/i.test(expression.getText());
  return asks && first !== undefined && ts.isIdentifier(first);
}

/** What the code does without it: `?? 'x'`, `|| 'x'`, `x ? … : …`, `config.get('X', 'x')`, `.default('x')`. */
function defaultOf(node: ts.Node): { readonly optional: boolean; readonly fallback?: string } {
  if (ts.isCallExpression(node)) {
    const [, second] = node.arguments;
    if (second !== undefined && !ts.isObjectLiteralExpression(second)) return { optional: true, ...literal(second) };
  }
  const parent = outer(node);
  const { parent: direct } = node;
  // `process.env.X?.split(',')`
  if (
    (ts.isPropertyAccessExpression(direct) || ts.isElementAccessExpression(direct)) &&
    direct.questionDotToken !== undefined
  ) {
    return { optional: true };
  }
  if (ts.isBinaryExpression(parent) && parent.left.getText().includes(node.getText())) {
    const operator = parent.operatorToken.kind;
    if (operator === ts.SyntaxKind.QuestionQuestionToken || operator === ts.SyntaxKind.BarBarToken) {
      return { optional: true, ...literal(parent.right) };
    }
    if (operator === ts.SyntaxKind.EqualsEqualsEqualsToken || operator === ts.SyntaxKind.ExclamationEqualsEqualsToken) {
      return { optional: true };
    }
  }
  if (ts.isConditionalExpression(parent) && parent.condition.getText().includes(node.getText())) {
    return { optional: true, ...literal(parent.whenFalse) };
  }
  if (ts.isIfStatement(parent)) return { optional: true };
  return { optional: false };
}

/** Around brackets, casts, `Number(…)` and `parseInt(…)`. */
function outer(node: ts.Node): ts.Node {
  const { parent } = node;
  const around =
    ts.isParenthesizedExpression(parent) ||
    ts.isAsExpression(parent) ||
    ts.isNonNullExpression(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    (ts.isCallExpression(parent) &&
      /^(?:Number|parseInt|String|Boolean|Number\.parseInt)$/.test(parent.expression.getText()));
  return around ? outer(parent) : parent;
}

function literal(node: ts.Node): { readonly fallback?: string } {
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return { fallback: node.text };
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword)
    return { fallback: node.getText() };
  return {};
}

/** `const { PORT = '3000' } = process.env` */
function destructured({ name }: ts.VariableDeclaration, { found, file }: Place): void {
  if (!ts.isObjectBindingPattern(name)) return;
  for (const element of name.elements) {
    const variable = named((element.propertyName ?? element.name).getText());
    if (variable === undefined) continue;
    const { initializer } = element;
    use(found, {
      name: variable,
      file,
      optional: initializer !== undefined,
      ...(initializer === undefined ? {} : literal(initializer)),
    });
  }
}

const validators = /\b(?:z|zod|Joi|joi|yup|v|t|Type|S)\.|\b(?:str|num|bool|port|url|host|email|json|makeValidator)\(/;

/** `X: z.string()`, `X: Joi.string().default('x')`, `X: port({ default: 3000 })`. */
function schemaKey({ name, initializer }: ts.PropertyAssignment, { found, file }: Place): void {
  const variable = named(ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : '');
  if (variable === undefined || !ts.isCallExpression(initializer)) return;
  const text = initializer.getText();
  if (!validators.test(text)) return;
  const optional = /\.optional\(|\.default\(|\.nullish\(|\.catch\(|\b(?:default|devDefault):/.test(text);
  const [, quoted, bare] = /(?:\.default\(|\bdefault:)\s*(?:['"`]([^'"`]*)['"`]|([\w.]+))/.exec(text) ?? [];
  const fallback = quoted ?? (bare !== undefined && /^(?:\d|true$|false$)/.test(bare) ? bare : undefined);
  use(found, { name: variable, file, optional, ...(fallback === undefined ? {} : { fallback }) });
}

/** A property of a class that class-validator checks. */
function validatedProperty(node: ts.PropertyDeclaration, { found, file }: Place): void {
  const variable = named(node.name.getText());
  const decorators = decoratorsOf(node).map(({ name }) => name);
  if (variable === undefined || !decorators.some((name) => /^(?:Is|Min|Max|Allow|Validate|Matches|Length)/.test(name)))
    return;
  const optional =
    node.questionToken !== undefined ||
    node.initializer !== undefined ||
    decorators.some((name) => /^IsOptional|^ValidateIf|^Allow/.test(name));
  use(found, { name: variable, file, optional, ...(node.initializer === undefined ? {} : literal(node.initializer)) });
}

interface Decorator {
  readonly name: string;
  readonly arguments: readonly ts.Expression[];
}

function decoratorsOf(node: ts.HasDecorators): readonly Decorator[] {
  return (ts.getDecorators(node) ?? []).map(({ expression }) =>
    ts.isCallExpression(expression)
      ? { name: expression.expression.getText(), arguments: expression.arguments }
      : { name: expression.getText(), arguments: [] },
  );
}

function call(node: ts.CallExpression, place: Place): void {
  const { found, file } = place;
  const callee = node.expression;
  if (!ts.isPropertyAccessExpression(callee)) return;
  const method = callee.name.text;
  const [first, second] = node.arguments;
  if (method === 'enableShutdownHooks') found.endsInOrder = true;
  if ((method === 'on' || method === 'once') && first?.getText().includes('SIGTERM') === true) found.endsInOrder = true;
  if (method === 'listen') listens(node, found);
  if (method === 'setGlobalPrefix' && first !== undefined) {
    found.prefix = {
      text: ts.isStringLiteralLike(first) ? clean(first.text) : '',
      certain: ts.isStringLiteralLike(first),
      excluded:
        second === undefined ? [] : [...second.getText().matchAll(/['"]([^'"]*)['"]/g)].map(([, path = '']) => path),
    };
  }
  if (method === 'enableVersioning') {
    const text = node.getText();
    if (/VersioningType\.URI|^[^(]*\(\s*\)$/.test(text)) {
      found.versioning = /defaultVersion:\s*['"](\w+)['"]/.exec(text)?.[1] ?? '';
    }
  }
  // Express, Fastify, Koa's router, Hono: app.get('/health', …).
  if (
    method === 'get' &&
    second !== undefined &&
    first !== undefined &&
    ts.isStringLiteralLike(first) &&
    first.text.startsWith('/') &&
    /(?:app|server|router|fastify|route)\w*$/i.test(callee.expression.getText())
  ) {
    found.routes.push({
      path: clean(first.text),
      file,
      asksDependencies: /await|query|ping/i.test(second.getText()),
      version: 'neutral',
    });
  }
}

function listens(node: ts.CallExpression, { listen }: Found): void {
  const [first, second] = node.arguments;
  if (first === undefined) return;
  const inFirst = (each: ts.Node): void => {
    const name = environmentName(each) ?? serviceName(each);
    if (name !== undefined) listen.variables.add(name);
    if (ts.isNumericLiteral(each) && Number(each.text) > 99 && Number(each.text) < 65_536)
      listen.ports.add(Number(each.text));
    if (ts.isStringLiteralLike(each) && /^(?:localhost|127\.0\.0\.1)$/.test(each.text)) listen.loopback = each.text;
    ts.forEachChild(each, inFirst);
  };
  inFirst(first);
  if (second !== undefined && ts.isStringLiteralLike(second)) inFirst(second);
}

/** `destination: './files'` of multer, also where it is what a function returns. */
function written({ name, initializer }: ts.PropertyAssignment, { found, file, source }: Place): void {
  if (!/^(?:dest|destination)$/.test(name.getText()) || !/multer/i.test(source.text)) return;
  const [, path] = /['"`](\.{0,2}\/?[\w./-]+)['"`]/.exec(initializer.getText()) ?? [];
  if (path !== undefined && !found.writes.some((each) => each.path === path)) found.writes.push({ path, file });
}

function imported({ moduleSpecifier, importClause }: ts.ImportDeclaration, { found, file }: Place): void {
  if (!ts.isStringLiteral(moduleSpecifier) || importClause?.isTypeOnly === true) return;
  const [name] = /^(?:@[\w.-]+\/)?[a-z0-9][\w.-]*/i.exec(moduleSpecifier.text) ?? [];
  if (name !== undefined && !found.packages.has(name) && !/seed|script/i.test(file)) found.packages.set(name, file);
}

function construction(node: ts.NewExpression, { found, file, source }: Place): void {
  const text = node.expression.getText();
  if (text === 'Worker' && node.arguments?.[0] !== undefined && /^['"`][^./]/.test(node.arguments[0].getText()))
    found.jobs.add(file);
  // What a module builds for itself cannot be handed to a command line.
  if (text !== 'DataSource' || !(ts.isVariableDeclaration(node.parent) || ts.isExportAssignment(node.parent))) return;
  const imports = source.statements.some(
    (each) =>
      ts.isImportDeclaration(each) &&
      ts.isStringLiteral(each.moduleSpecifier) &&
      each.moduleSpecifier.text.startsWith('.'),
  );
  found.dataSources.push({ file, imports });
}

/** Nest's controllers. */
function controller(node: ts.ClassDeclaration, { found, file, dependencies }: Place): void {
  const own = decoratorsOf(node);
  const jobs = own.some(({ name }) => name === 'Processor');
  if (jobs) found.jobs.add(file);
  const [at] = own.filter(({ name }) => name === 'Controller');
  const base = at === undefined ? undefined : routeOf(at);
  for (const member of node.members) {
    if (!ts.isMethodDeclaration(member)) continue;
    const decorators = decoratorsOf(member);
    const crons = decorators.filter(({ name }) => name === 'Cron').length;
    if (crons > 0) found.crons.set(file, (found.crons.get(file) ?? 0) + crons);
    if (base === undefined) continue;
    for (const get of decorators.filter(({ name }) => name === 'Get')) {
      const { path, version } = routeOf(get);
      const asks = decorators.some(({ name }) => name === 'HealthCheck') && dependencies;
      found.routes.push({
        path: clean(`${base.path}/${path}`),
        file,
        asksDependencies: asks || /(?:Indicator|\.pingCheck\(|\$queryRaw|SELECT 1)/.test(member.getText()),
        version: version ?? base.version ?? 'default',
      });
    }
  }
}

function routeOf({ arguments: [first] }: Decorator): { readonly path: string; readonly version?: string } {
  if (first === undefined) return { path: '' };
  if (ts.isStringLiteralLike(first)) return { path: first.text };
  const text = first.getText();
  const path = /path:\s*['"`]([^'"`]*)['"`]/.exec(text)?.[1] ?? '';
  const version = /version:\s*VERSION_NEUTRAL/.test(text) ? 'neutral' : /version:\s*['"](\w+)['"]/.exec(text)?.[1];
  return { path, ...(version === undefined ? {} : { version }) };
}

/** With one `/` at its beginning and none at its end. */
function clean(path: string): string {
  return `/${path
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`;
}
