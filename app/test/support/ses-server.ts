import { z } from 'zod';
import { serve } from './http-server.ts';
import { neverLogged } from './never-logged.ts';
import type { Variables } from './running-app.ts';

const data = z.object({ Data: z.string() });

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
const sendEmail = z.object({
  FromEmailAddress: z.string(),
  Destination: z.object({ ToAddresses: z.tuple([z.string()]) }),
  Content: z.object({ Simple: z.object({ Subject: data, Body: z.object({ Text: data }) }) }),
});

interface SentMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** SES, as far as the SDK asks it: it takes mails, and keeps them for the test. */
export async function startSes(): Promise<{ readonly mails: readonly SentMail[]; readonly variables: Variables }> {
  const mails: SentMail[] = [];
  const origin = await serve((request, body, response) => {
    const { Destination, Content } = sendEmail.parse(JSON.parse(body));
    const { Subject, Body } = Content.Simple;
    mails.push({ to: Destination.ToAddresses[0], subject: Subject.Data, text: neverLogged(Body.Text.Data) });
    const isKnown = request.url === '/v2/email/outbound-emails';
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' }).end('{"MessageId":"of-the-test"}');
  });
  const variables = {
    MAIL_FROM: 'todos@sender.invalid',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_SESV2: origin,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  };
  return { mails, variables };
}
