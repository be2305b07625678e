const loopback = ['127.0.0.1', 'localhost', '::1'];

/**
 * Takes this machine's own addresses out of what goes through a proxy: with NODE_USE_ENV_PROXY even the smoke test of a
 * release on target local would, and a good release be recorded as unverified. Changes `variables`, as `fetch` reads the
 * process's own at each request. https://nodejs.org/api/cli.html#node_use_env_proxy1
 */
export function exemptLoopback(variables: Record<string, string | undefined>): void {
  // Clients differ in which of the two they prefer.
  for (const name of ['NO_PROXY', 'no_proxy']) {
    const given = variables[name] ?? variables[name === 'NO_PROXY' ? 'no_proxy' : 'NO_PROXY'] ?? '';
    const entries = given.split(/[\s,]+/).filter((entry) => entry !== '');
    if (entries.includes('*')) continue;
    variables[name] = [...new Set([...entries, ...loopback])].join(',');
  }
}
