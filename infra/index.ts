import { dirname } from 'node:path';
import { Cluster } from './compute/cluster.ts';
import { checkExistingCluster } from './compute/existing-cluster.ts';
import { createJobs, oneOffs } from './compute/jobs.ts';
import { Migration } from './compute/migration/migration.ts';
import { loadOwnModule, OwnResources } from './compute/own-resources.ts';
import { serviceNames } from './compute/service.ts';
import { createServices } from './compute/services.ts';
import { logGroupNames } from './compute/task.ts';
import { deriveContract } from './contract/contract.ts';
import { Secrets } from './data/app-secrets.ts';
import { Database } from './data/database.ts';
import { readInstanceSizes } from './data/existing-database.ts';
import { createValkey } from './data/valkey.ts';
import { ContinuousDelivery } from './delivery/ci-roles.ts';
import { Delivery } from './delivery/ledger.ts';
import { Edge } from './edge/edge.ts';
import { checkExistingListener } from './edge/existing-listener.ts';
import { checkHostedZone } from './edge/existing-zone.ts';
import { Encryption } from './foundation/encryption.ts';
import { deriveNaming } from './foundation/naming.ts';
import { PermissionsBoundary } from './foundation/permissions-boundary.ts';
import { Image } from './image/image.ts';
import { fitSettings } from './manifest/fit.ts';
import { loadApp } from './manifest/load.ts';
import { readAvailabilityZones } from './network/availability-zones.ts';
import { checkExistingVpc } from './network/existing-vpc.ts';
import { Network } from './network/network.ts';
import { Notifications } from './observability/notifications.ts';
import { Observability } from './observability/observability.ts';
import { OutsideCheck } from './observability/outside-check.ts';
import { RolloutAlarms } from './observability/rollout-alarms.ts';
import { StoppedTasks } from './observability/stopped-tasks.ts';
import { loadSettings } from './settings/load.ts';
import { skipsBakes } from './settings/rollout-strategy.ts';

const projectDirectory = dirname(import.meta.dirname);
const given = await loadSettings();
const app = loadApp(projectDirectory, given.release.appDirectory);
const settings = fitSettings(given, app);
const contract = deriveContract(settings, app);
const naming = deriveNaming(settings);
const encryption = new Encryption('encryption', { settings, naming });
const boundary = new PermissionsBoundary('boundary', { settings, naming, app });
const stack = { settings, contract, naming, encryption, boundary };

await Promise.all([
  checkExistingVpc(settings),
  checkHostedZone(settings),
  checkExistingListener(settings),
  checkExistingCluster(settings),
]);
const network = new Network('network', { ...stack, app, zones: await readAvailabilityZones(settings) });
const database = new Database('database', { ...stack, app, network, sizes: await readInstanceSizes(settings) });
const valkey = createValkey('valkey', { ...stack, network });
const secrets = new Secrets('secrets', { ...stack, app });
const image = new Image('image', { ...stack, app, projectDirectory });
const own = loadOwnModule(projectDirectory, given.release.appDirectory);
const ownResources = own && new OwnResources('own', { settings, naming, network, app, own });
const compute = new Cluster('cluster', stack);
const runtime = {
  ...stack,
  ...{ app, network, database, valkey, secrets, image, cluster: compute },
  ownVariables: ownResources?.variables ?? {},
};

const migration = new Migration('migrate', runtime);

const notifications = new Notifications('alarms', stack);
const edge = new Edge('edge', { ...stack, app, network });
const rolloutAlarms = new RolloutAlarms('rollout-alarms', { ...stack, app, edge, notifications });

const running = createServices({ ...runtime, edge, after: migration, rollbackAlarms: rolloutAlarms.alarmNames });
const all = Object.fromEntries(running.map(({ name, service }) => [name, service]));

const jobs = createJobs({ ...runtime, after: migration });

new Observability('observability', { ...runtime, services: running, jobs, edge, notifications });
new StoppedTasks('stopped-tasks', { ...stack, cluster: compute, jobs });
new OutsideCheck('from-outside', { ...stack, app, edge, notifications });
const delivery = new Delivery('delivery', { ...stack, image, services: Object.values(all) });
const continuousDelivery = new ContinuousDelivery('ci', {
  ...stack,
  app,
  network,
  ownPermissions: own?.workflows ?? [],
});

export const url = edge.url;
export const cluster = compute.clusterName;
export const services = serviceNames(all);
export const logGroups = logGroupNames({
  ...all,
  ...Object.fromEntries(jobs.map((job) => [job.name, job])),
  migrate: migration,
});
/** What a one-off of the app is started with, by its name. */
export const oneOffTasks = oneOffs(jobs, runtime);
/** Identifier of the RDS instance: another one has other data. */
export const databaseInstance = database.identifier;
export const alarmTopic = notifications.topicArn;
export const repository = image.repositoryUrl;
export const ledgerParameter = delivery.ledgerParameter;
export const deliveryRoles = continuousDelivery.roles;
export const release = delivery.release;
/** The pinned release of a promoted environment. The next run of the program reads it back. */
export const pin = settings.release.pinned ?? null;
/** Whether it got there without bake times, as a rollback does. */
export const bakesSkipped = skipsBakes(settings.rollout);
