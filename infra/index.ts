import { Cluster } from './cluster.ts';
import { ContinuousDelivery } from './continuous-delivery.ts';
import { deriveContract } from './contract.ts';
import { Database } from './database.ts';
import { Delivery } from './delivery.ts';
import { Edge } from './edge.ts';
import { Encryption } from './encryption.ts';
import { Image } from './image.ts';
import { Migration } from './migration.ts';
import { deriveNaming } from './naming.ts';
import { Network } from './network.ts';
import { Notifications } from './notifications.ts';
import { Observability } from './observability.ts';
import { OutsideCheck } from './outside-check.ts';
import { projectDirectory } from './project-directory.ts';
import { RolloutAlarms } from './rollout-alarms.ts';
import { Secrets } from './secrets.ts';
import { Service, serviceNames } from './service.ts';
import { loadSettings } from './stack-config.ts';
import { logGroupNames } from './task.ts';
import { createValkey } from './valkey.ts';
import { createWorker } from './worker.ts';

const settings = await loadSettings();
const contract = deriveContract(settings);
const naming = deriveNaming(settings);
const encryption = new Encryption('encryption', { settings, naming });
const stack = { settings, contract, naming, encryption };

const network = new Network('network', stack);
const database = new Database('database', { ...stack, network });
const valkey = createValkey('valkey', { ...stack, network });
const secrets = new Secrets('secrets', stack);
const image = new Image('image', { ...stack, projectDirectory });
const compute = new Cluster('cluster', stack);
const runtime = { ...stack, network, database, valkey, secrets, image, cluster: compute };

const migration = new Migration('migrate', runtime);

const notifications = new Notifications('alarms', stack);
const edge = new Edge('edge', { ...stack, network });
const rolloutAlarms = new RolloutAlarms('rollout-alarms', { ...stack, edge, notifications });

const api = new Service('api', {
  ...runtime,
  edge,
  after: migration,
  scaling: settings.api,
  rollbackAlarms: rolloutAlarms.alarmNames,
});
const worker = createWorker({ ...runtime, after: migration });
const all = { api, ...(worker && { worker }) };

new Observability('observability', { ...runtime, api, worker, edge, notifications });
new OutsideCheck('from-outside', { ...stack, edge, notifications });
const delivery = new Delivery('delivery', { ...stack, image, services: Object.values(all) });
const continuousDelivery = new ContinuousDelivery('ci', stack);

export const url = edge.url;
export const cluster = compute.clusterName;
export const services = serviceNames(all);
export const logGroups = logGroupNames({ ...all, migrate: migration });
export const alarmTopic = notifications.topicArn;
export const repository = image.repositoryUrl;
export const ledgerParameter = delivery.ledgerParameter;
export const deliveryRoles = continuousDelivery.roles;
export const release = delivery.release;
/** What a promoted environment goes on running: the program reads it back at its next start. */
export const pin = settings.release.pinned ?? null;
