import { ArnFormat, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

import type { Architecture } from './architecture.ts';
import type { Description, Flow } from './description.ts';
import type { Environment } from './environment.ts';
import { Flows } from './flows.ts';
import { type DeployedFunction, Functions } from './functions.ts';
import { Ingest } from './ingest.ts';
import { Notices } from './notices.ts';
import { Observability } from './observability.ts';
import { Schedule } from './schedule.ts';
import { Storage } from './storage.ts';
import { UserError } from './user-error.ts';

export interface AckflowStackProps {
  readonly description: Description;
  readonly environment: Environment;
  readonly architecture: Architecture;
  /** The folder of the compiled functions. */
  readonly lambdaFolder: string;
  /** The configuration file, if there is one. */
  readonly configuration: string | undefined;
}

/** One environment of Ackflow, whole. What is in it follows from the description. */
export class AckflowStack extends Stack {
  private readonly ingest: Ingest;
  private readonly notices: Notices;
  /** The queues of what did not reach its end, by its name. */
  private readonly deadLetters = new Map<string, Queue>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AckflowStackProps,
  ) {
    const { description, environment, architecture, lambdaFolder, configuration } = props;
    super(scope, id, {
      description: `Ackflow, environment ${environment.name}: Slack events, acknowledged and flowing.`,
      terminationProtection: environment.care.deletionProtection,
    });
    const storage = new Storage(this, 'Storage', { environment, ledger: description.ledger });
    this.notices = new Notices(this, 'Notices', { environment, notifierTimeout: notifierTimeout(description) });
    this.deadLetters.set('notices', this.notices.deadLetters);
    const stateMachineArns = Object.fromEntries(
      description.flows.map(({ name }) => [name, this.stateMachineArn(name)]),
    );
    const functions = new Functions(this, 'Functions', {
      environment,
      architecture,
      functions: description.functions,
      system: {
        storage,
        notices: this.notices,
        stateMachineArns,
        waitingMachineArns: description.flows.filter(waits).map(({ name }) => this.stateMachineArn(name)),
        deployTargets: description.deploy_targets,
      },
      lambdaFolder,
      configuration,
    });
    const flows = new Flows(this, 'Flows', {
      environment,
      flows: description.flows,
      substitutions: description.substitutions,
      functions,
      topic: this.notices.topic,
    });
    this.ingest = new Ingest(this, 'Ingest', { environment });
    for (const each of functions.all) {
      this.connectTrigger(each);
    }
    new Observability(this, 'Observability', {
      environment,
      api: this.ingest.api,
      functions,
      machines: flows.machines,
      ledger: storage.ledger,
      notices: this.notices.queue,
      deadLetters: this.deadLetters,
    });
    this.output('Bucket', storage.bucket.bucketName, 'Files and metadata');
    this.output('LedgerTable', storage.ledger.tableName, 'What was done for which event');
    this.output('StateMachines', JSON.stringify(stateMachineArns), 'The state machine of each flow');
    this.output(
      'PutSigningSecret',
      putSecret(storage.signingSecret, '{"signing_secret":"YOUR_SIGNING_SECRET"}'),
      'Fills in the signing secret of the Slack app; during a rotation both, with a comma between them',
    );
    this.output(
      'PutBotToken',
      putSecret(storage.botToken, '{"bot_token":"xoxb-YOUR_BOT_TOKEN"}'),
      "Fills in the bot's token",
    );
    this.output(
      'PutUserToken',
      putSecret(storage.userToken, '{"user_token":"xoxp-YOUR_USER_TOKEN"}'),
      "Fills in an administrator's token, if messages of other people are to be deleted",
    );
    this.output(
      'PutWebhookSecret',
      putSecret(storage.webhookSecret, '{"webhook_secret":"YOUR_WEBHOOK_SECRET"}'),
      'Fills in the secret that requests to webhooks are signed with, if services are deployed by webhook',
    );
  }

  /** Connects a function with what runs it. */
  private connectTrigger({ description: { name, trigger }, lambda }: DeployedFunction): void {
    if (trigger === 'notices_queue') {
      this.notices.deliverTo(lambda);
    } else if ('http_post' in trigger) {
      for (const path of trigger.http_post) {
        const url = this.ingest.route(path, lambda);
        this.output(`RequestUrl${path}`, url, 'For the settings of the Slack app');
      }
    } else if ('every_minutes' in trigger) {
      const schedule = new Schedule(this, `Schedule-${name}`, {
        environment: this.props.environment,
        name,
        handler: lambda,
        every: Duration.minutes(trigger.every_minutes),
      });
      this.deadLetters.set(name, schedule.deadLetters);
    } else if (!('step' in trigger)) {
      // A step needs no connection: the machines that name it run it.
      throw new UserError(
        `The function ${name} has the trigger ${JSON.stringify(trigger)}, which this deployment does not know.`,
        'Add it to infra/lib/ackflow-stack.ts.',
      );
    }
  }

  /**
   * The ARN of a flow's machine, made of its name. A reference would make functions and machines wait for each other: a
   * machine refers to the functions of its steps, and functions start machines.
   */
  private stateMachineArn(flow: string): string {
    return this.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: this.props.environment.physicalName(flow),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

function notifierTimeout({ functions }: Description): Duration {
  const notifier = functions.find(({ trigger }) => trigger === 'notices_queue');
  if (!notifier) {
    throw new UserError(
      'No function of the description reads the queue of the notices.',
      'Give one the trigger `NoticesQueue` in workflow/flows.',
    );
  }
  return Duration.seconds(notifier.timeout_seconds);
}

/** Whether a flow has a task that waits until somebody gives its token back. */
function waits({ definition }: Flow): boolean {
  return JSON.stringify(definition).includes('.waitForTaskToken"');
}

function putSecret(secret: CfnSecret, value: string): string {
  return `aws secretsmanager put-secret-value --secret-id ${secret.ref} --secret-string '${value}'`;
}
