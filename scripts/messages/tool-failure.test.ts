import { describe, expect, it } from 'vitest';
import { readBuildFailure } from './build-failure.ts';
import { readLogFailure } from './log-failure.ts';
import { readToolFailure, sayToolFailure } from './tool-failure.ts';

const grey = '\u001b[38;5;246m';
const red = '\u001b[31m';
const off = '\u001b[0m';

/** As the tools printed it, with their versions. */
const outputs: readonly {
  readonly tool: string;
  readonly output: string;
  readonly said: string;
  readonly block: string;
}[] = [
  {
    tool: 'Node 24, with what ran it',
    output: `
> todo-api@0.1.0 build
> node build/build.ts

/src/app/dist/main.cjs:3
throw new Error("boom");
      ^

Error: boom
    at Object.<anonymous> (/src/app/dist/main.cjs:3:7)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)

Node.js v24.21.0
file:///src/app/build/build.ts:17
  throw new Error(\`code-cache.ts ended with \${exitCode}\`);
        ^

Error: code-cache.ts ended with 1
    at file:///src/app/build/build.ts:17:9
    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)

Node.js v24.21.0
npm error Lifecycle script \`build\` failed with error:
npm error code 1
npm error path /src/app
npm error workspace todo-api@0.1.0
npm error location /src/app
npm error command failed
npm error command sh -c node build/build.ts`,
    said: 'Error: boom (/src/app/dist/main.cjs:3)',
    block: '/src/app/dist/main.cjs:3\nthrow new Error("boom");\n      ^\n\nError: boom',
  },
  {
    tool: 'Rolldown 1.2, as a stack of its own',
    output: `file:///src/node_modules/rolldown/dist/shared/error-CLo6EJKG.mjs:50
	const wrapper = new Error(summary);
	                ^

Error: Build failed with 1 error:

${red}[PARSE_ERROR] ${off}Unexpected token
    ${grey}╭─${off}${grey}[${off} src/main.ts:31:11 ${grey}]${off}
 31 ${grey}│${off} const x = ;

    at aggregateBindingErrorsIntoJsError (file:///src/node_modules/rolldown/dist/shared/error-CLo6EJKG.mjs:50:18)
    at async write (file:///src/app/build/bundle.ts:74:3)

Node.js v24.21.0
npm error code 1`,
    said: 'Unexpected token (src/main.ts:31:11)',
    block: '[PARSE_ERROR] Unexpected token\n    ╭─[ src/main.ts:31:11 ]\n 31 │ const x = ;',
  },
  {
    tool: 'TypeScript 5.9',
    output: "src/main.ts(32,7): error TS2322: Type 'string' is not assignable to type 'number'.\nnpm error code 2",
    said: "TS2322: Type 'string' is not assignable to type 'number'. (src/main.ts:32:7)",
    block: "src/main.ts(32,7): error TS2322: Type 'string' is not assignable to type 'number'.",
  },
  {
    tool: 'esbuild 0.28',
    output:
      '✘ [ERROR] Expected ";" but found "y"\n\n    a.ts:1:8:\n      1 │ const x y;\n        │         ^\n        ╵         ;\n\n1 error',
    said: 'Expected ";" but found "y" (a.ts:1:8)',
    block:
      '✘ [ERROR] Expected ";" but found "y"\n\n    a.ts:1:8:\n      1 │ const x y;\n        │         ^\n        ╵         ;\n\n1 error',
  },
  {
    tool: 'SWC 1.16',
    output:
      '  x Expected a semicolon\n   ,-[a.ts:1:1]\n 1 | const x y;\n   :         ^\n   `----\n\n\nCaused by:\n    Syntax Error\n\nStack backtrace:\n   0: <unknown>',
    said: 'Expected a semicolon (a.ts:1:1)',
    block: '  x Expected a semicolon\n   ,-[a.ts:1:1]\n 1 | const x y;\n   :         ^\n   `----',
  },
  {
    tool: 'npm 11, with its usage',
    output:
      'npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.\nnpm error\nnpm error Missing: rxjs@7.8.1 from lock file\nnpm error\nnpm error Clean install a project\nnpm error\nnpm error Usage:\nnpm error npm ci\nnpm error A complete log of this run can be found in: /root/.npm/_logs/x.log',
    said: '`npm ci` can only install packages when your package.json and package-lock.json are in sync.',
    block:
      'npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.\nnpm error Missing: rxjs@7.8.1 from lock file',
  },
  {
    tool: 'a shell',
    output: '+ tscc\n/bin/sh: 1: tscc: not found',
    said: '/bin/sh: 1: tscc: not found',
    block: '/bin/sh: 1: tscc: not found',
  },
  {
    tool: 'something that nobody knows',
    output: 'linking\nundefined reference to `main`',
    said: 'undefined reference to `main`',
    block: 'linking\nundefined reference to `main`',
  },
];

describe('what a failed tool said', () => {
  it.each(outputs)('$tool', ({ output, said, block }) => {
    const failure = readToolFailure(output.split('\n'));
    expect(sayToolFailure(failure)).toBe(said);
    expect(failure.block.join('\n')).toBe(block);
    expect(failure.block.join('')).not.toContain('\u001b');
  });

  it('adds the first frame of the user where the error has no place of its own', () => {
    const stack = [
      "TypeError: Cannot read properties of undefined (reading 'x')",
      '    at Object.run (node:internal/x:1:1)',
      '    at tap (/src/node_modules/rxjs/tap.js:9:1)',
      '    at Orders.total (/src/app/src/orders.ts:12:20)',
      '    at main (/src/app/src/main.ts:3:3)',
    ];
    const failure = readToolFailure(stack);
    expect(failure.place).toBe('/src/app/src/orders.ts:12:20');
    expect(failure.block).toEqual([stack[0], stack[3]]);
  });
});

describe('what a failed build said', () => {
  const steps = [
    '#5 [dependencies 2/2] RUN npm ci',
    '#5 DONE 3.0s',
    '#9 [build 2/2] RUN --mount=type=cache,target=/root/.npm npm run build',
    '#9 0.512 ',
    '#9 0.512 > todo-api@0.1.0 build',
    `#9 0.871 ${red}src/main.ts(3,7): error TS2304: Cannot find name 'x'.${off}`,
  ];
  const tail = [
    '------',
    ' > [build 2/2] RUN npm run build:',
    '0.512 ',
    '0.512 > todo-api@0.1.0 build',
    '------',
    'Dockerfile:24',
    '--------------------',
    '  23 |     COPY app/ app/',
    '  24 | >>> RUN npm run build',
    '--------------------',
    'ERROR: failed to solve: process "/bin/sh -c npm run build" did not complete successfully: exit code: 1',
  ];

  it.each([
    ['BuildKit', '#9 ERROR: process "/bin/sh -c npm run build" did not complete successfully: exit code: 1'],
    ['BuildKit of Docker 20.10', '#9 ERROR: executor failed running [/bin/sh -c npm run build]: exit code: 1'],
  ])('in an instruction: %s', (_name, error) => {
    expect(readBuildFailure([...steps, error, ...tail])).toEqual({
      summary: "[build 2/2] RUN npm run build failed: TS2304: Cannot find name 'x'. (src/main.ts:3:7)",
      block: ["src/main.ts(3,7): error TS2304: Cannot find name 'x'."],
    });
  });

  it('in an instruction that was killed', () => {
    const killed = '#9 ERROR: process "/bin/sh -c npm run build" did not complete successfully: exit code: 137';
    expect(readBuildFailure([...steps.slice(0, 5), killed]).summary).toBe(
      '[build 2/2] RUN npm run build failed: it was killed (exit code 137): by the memory limit of the engine, or by hand',
    );
  });

  it('in the Dockerfile', () => {
    const output = [
      'Dockerfile:2',
      '--------------------',
      '   1 |     FROM node',
      '   2 | >>> RUM ls',
      '--------------------',
      'ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)',
    ];
    expect(readBuildFailure(output)).toEqual({
      summary: 'dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)',
      block: ['Dockerfile:2', '   1 |     FROM node', '   2 | >>> RUM ls'],
    });
  });

  it('in what it was given', () => {
    const output = [
      '#7 [build 1/2] COPY app/ app/',
      `#7 sha256:${'0'.repeat(64)}`,
      '#7 ERROR: failed to calculate checksum of ref a::b: "/app": not found',
      'ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: "/app": not found',
    ];
    expect(readBuildFailure(output).summary).toBe('[build 1/2] COPY app/ app/ failed: "/app": not found');
  });
});

describe('what the log of a program said', () => {
  it('its last error in JSON, with the place of the sources', () => {
    const lines = [
      '{"level":30,"msg":"starting"}',
      '{"level":60,"msg":"cannot start","err":{"type":"Error","message":"no such column.","stack":"Error: no such column.\\n    at parse (/app/node_modules/pg/x.js:1:1)\\n    at up (app/migrations/20261121T0900-x.ts:7)"}}',
      '{"level":30,"msg":"ended"}',
    ];
    const failure = readLogFailure(lines);
    expect(sayToolFailure(failure)).toBe('cannot start: no such column (app/migrations/20261121T0900-x.ts:7)');
    expect(failure.block).toEqual(['starting', 'cannot start: no such column.', 'ended']);
  });

  it('the error of an app that logs no JSON', () => {
    const lines = [
      'listening',
      '/app/dist/main.js:1',
      'throw new Error("boom")',
      '^',
      '',
      'Error: boom',
      '',
      'Node.js v24.21.0',
    ];
    expect(sayToolFailure(readLogFailure(lines))).toBe('Error: boom (/app/dist/main.js:1)');
  });

  it.each([
    ['a message alone', '{"level":"fatal","msg":"no database"}', 'no database'],
    ['a plain line', 'Error: no database', 'Error: no database'],
    ['JSON of another kind', '{"hello":1}', '{"hello":1}'],
  ])('%s', (_name, line, said) => {
    expect(sayToolFailure(readLogFailure(['before', line]))).toBe(said);
  });
});
