// Bolt for JavaScript as its documentation sets it up: signatures verified, events acknowledged at once, nothing kept.

import bolt from "@slack/bolt";

const receiver = new bolt.HTTPReceiver({
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

await app.start({ host: "127.0.0.1", port: Number(process.env.PORT) });
