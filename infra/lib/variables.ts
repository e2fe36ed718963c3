import type { FunctionDescription } from './description.ts';
import type { Environment } from './environment.ts';
import type { System } from './system.ts';
import { UserError } from './user-error.ts';

/** What is logged: every function reads these, though they are not of its own business. */
const LOGGING = ['RUST_LOG', 'DEBUG', 'ERROR'].map((name) => ({ name, optional: true }));

/** The environment variables of a function, with their values. */
export function variables(
  description: FunctionDescription,
  { storage, notices, stateMachineArns }: System,
  environment: Environment,
): Record<string, string> {
  const known: Readonly<Record<string, string>> = {
    BUCKET: storage.bucket.bucketName,
    DEPLOY_WEBHOOK_SECRET_SECRET: storage.webhookSecret.ref,
    LEDGER_TABLE: storage.ledger.tableName,
    NOTICES_QUEUE: notices.queue.queueUrl,
    NOTICES_TOPIC: notices.topic.topicArn,
    SLACK_BOT_TOKEN_SECRET: storage.botToken.ref,
    SLACK_SIGNING_SECRET_SECRET: storage.signingSecret.ref,
    SLACK_USER_TOKEN_SECRET: storage.userToken.ref,
    STATE_MACHINES: JSON.stringify(stateMachineArns),
  };
  const values: Record<string, string> = {};
  for (const { name, optional } of [...description.environment, ...LOGGING]) {
    const value = optional ? environment.option(name) : known[name];
    if (value !== undefined) {
      values[name] = value;
    } else if (!optional) {
      throw new UserError(
        `The function ${description.name} needs the variable ${name}, which this deployment has no value for.`,
        'Add it to infra/lib/variables.ts, or make it optional in workflow/flows.',
      );
    }
  }
  return values;
}
