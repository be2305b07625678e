const { RELEASE_VERSION: version, PROCESS: process_ } = process.env;

export function log(msg) {
  console.log(JSON.stringify({ level: 'info', time: new Date().toISOString(), process: process_, version, msg }));
}
