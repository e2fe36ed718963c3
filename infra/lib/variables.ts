import type { EnvironmentVariable, FunctionDescription } from './description.ts';
import type { Environment } from './environment.ts';
import type { System } from './system.ts';
import { UserError } from './user-error.ts';

/** What is logged: every function reads these, though they are not of its own business. */
const LOGGING: readonly EnvironmentVariable[] = ['RUST_LOG', 'DEBUG', 'ERROR'].map((name) => ({
  name,
  holds: 'what is logged',
  optional: true,
}));

/** The names of the variables that the operator may set. */
export function operatorVariables(functions: readonly FunctionDescription[]): string[] {
  const all = [...functions.flatMap(({ environment }) => environment), ...LOGGING];
  return [...new Set(all.filter(({ optional }) => optional).map(({ name }) => name))];
}

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
  for (const variable of [...description.environment, ...LOGGING]) {
    const { name, optional } = variable;
    const value = optional ? chosen(variable, environment) : known[name];
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

/** What the operator sets a variable to. The function would refuse any other value too, but only once it runs. */
function chosen({ name, holds, pattern }: EnvironmentVariable, environment: Environment): string | undefined {
  const value = environment.option(name);
  if (value !== undefined && pattern !== undefined && !new RegExp(pattern).test(value)) {
    throw new UserError(`${name} can't be \`${value}\`.`, `It holds ${holds}.`);
  }
  return value;
}
