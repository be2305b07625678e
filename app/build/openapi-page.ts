import type { JsonSchema, OpenApiDocument, Operation } from './openapi.ts';

/** The document as a page for people: static, without script, so that it needs no exception from the strict CSP but its style. */
export function renderPage(document: OpenApiDocument): string {
  const { title, version, description } = document.info;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(method, path, operation)),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} ${escapeHtml(version)}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<h1>${escapeHtml(title)} <small>${escapeHtml(version)}</small></h1>
<p>${escapeHtml(description)} The same as <a href="/docs/json">OpenAPI ${escapeHtml(document.openapi)}</a>.</p>
${operations.join('\n')}
<section id="problem">
<h2>Problem</h2>
${renderSchema(document.components.schemas['Problem'])}
</section>
</body>
</html>
`;
}

export const pageStyle = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; background: #fff; }
small { color: #57606a; font-weight: normal; }
section { border: 1px solid #d0d7de; border-radius: 6px; margin: 1rem 0; padding: 0 1rem; }
h2 { font: 600 1rem ui-monospace, monospace; }
h3 { font-size: 0.85rem; margin: 0.75rem 0 0; color: #57606a; }
pre { background: #f6f8fa; padding: 0.75rem; overflow: auto; font-size: 0.8rem; }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } pre { background: #161b22; } section { border-color: #30363d; } a { color: #58a6ff; } }
`;

function renderOperation(method: string, path: string, operation: Operation): string {
  const body = operation.requestBody?.content['application/json']?.schema;
  const parameters = Object.fromEntries(operation.parameters.map(({ name, schema }) => [name, schema]));
  return `<section id="${escapeHtml(operation.operationId)}">
<h2>${escapeHtml(method.toUpperCase())} ${escapeHtml(path)}</h2>
<p>${escapeHtml(operation.summary)}${operation.security.length === 0 ? '' : ' (needs an access token)'}</p>
${operation.parameters.length === 0 ? '' : `<h3>Parameters</h3>\n${renderSchema(parameters)}`}
${body === undefined ? '' : `<h3>Body</h3>\n${renderSchema(body)}`}
${Object.entries(operation.responses).map(renderResponse).join('\n')}
</section>`;
}

function renderResponse([status, { description, content }]: [string, Operation['responses'][string]]): string {
  const problem = content?.['application/problem+json'] === undefined ? '' : ': <a href="#problem">Problem</a>';
  const schema = content?.['application/json']?.schema;
  const body = schema === undefined ? '' : `\n${renderSchema(schema)}`;
  return `<h3>${escapeHtml(status)} ${escapeHtml(description)}${problem}</h3>${body}`;
}

function renderSchema(schema: JsonSchema | undefined): string {
  return `<pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
