/* Runs in the browser, after the viewer's own script. */
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  requestSnippetsEnabled: true,
  // Nothing that can't be undone is a click away.
  supportedSubmitMethods: ['get', 'head', 'post', 'put', 'patch'],
  // The token lives as long as the page.
  persistAuthorization: false,
  // Would ask a server of the viewer's makers.
  validatorUrl: null,
});
