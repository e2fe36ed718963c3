// Bolt for JavaScript's receiver for Lambda, behind the smallest client of the Runtime API.

import bolt from "@slack/bolt";

const receiver = new bolt.AwsLambdaReceiver({
  signingSecret: process.env.SLACK_SIGNING_SECRET,
  logLevel: bolt.LogLevel.ERROR,
});
const app = new bolt.App({
  receiver,
  logLevel: bolt.LogLevel.ERROR,
  // Given, so that no call to Slack's Web API is measured.
  authorize: async () => ({ botToken: "xoxb-none", botId: "B0ACKBENCH1", botUserId: "U0ACKBENCH2" }),
});

app.event("message", async () => {});

const handler = await receiver.start();
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
for (;;) {
  const next = await fetch(`${api}/next`);
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const answer = await handler(await next.json(), {}, () => {});
  await fetch(`${api}/${id}/response`, { method: "POST", body: JSON.stringify(answer) });
}
