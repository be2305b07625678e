import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

// As on AWS: region, credentials and endpoints are what the environment says.
const s3 = new S3Client();
const sqs = new SQSClient();
const { FILES_BUCKET: Bucket, JOBS_QUEUE: QueueUrl, FAILED_QUEUE, TOPIC, GREETING } = process.env;

async function receive(from) {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: from, WaitTimeSeconds: 2 }));
  return Messages[0];
}

const routes = {
  'GET /healthz': async () => 'ok',
  'GET /about': async () => ({ bucket: Bucket, queue: QueueUrl, topic: TOPIC ?? null, greeting: GREETING }),
  'PUT /files': async (Key, Body) => (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? null,
  'GET /files': async (Key) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString(),
  'POST /jobs': async (_name, MessageBody) =>
    (await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))).MessageId,
  'POST /taken': async () => {
    const message = await receive(QueueUrl);
    if (message === undefined) return null;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return message.Body;
  },
  'POST /dropped': async () => (await receive(QueueUrl))?.Body ?? null,
  'POST /failed': async () => (await receive(FAILED_QUEUE))?.Body ?? null,
  'GET /attributes': async () =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes,
};

const server = createServer(async (request, response) => {
  const [, route, name] = request.url.split('/');
  const answer = routes[`${request.method} /${route}`];
  try {
    const body = await answer?.(name, await text(request));
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  } catch (error) {
    console.log(JSON.stringify({ level: 'error', msg: error.message, name: error.name }));
    response.writeHead(502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: error.name, message: error.message }));
  }
});
server.keepAliveTimeout = 75_000;
server.listen(8080, () => console.log(JSON.stringify({ level: 'info', msg: 'serving' })));
process.on('SIGTERM', () => server.close());
