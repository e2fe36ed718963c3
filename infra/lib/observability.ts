import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, type Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import { alarmEmail } from './alarm-email.ts';
import { Dashboard } from './dashboard.ts';
import type { Environment } from './environment.ts';
import type { Functions } from './functions.ts';
import { handlerMetric } from './handler-metric.ts';

export interface ObservabilityProps {
  readonly environment: Environment;
  readonly api: HttpApi;
  readonly functions: Functions;
  /** By the name of their flow. */
  readonly machines: ReadonlyMap<string, StateMachine>;
  readonly ledger: Table;
  readonly notices: Queue;
  /** By the name of what did not reach its end. */
  readonly deadLetters: ReadonlyMap<string, Queue>;
}

/** What tells the operators how it goes: alarms to a topic of their own, and a dashboard. */
export class Observability extends Construct {
  private readonly environment: Environment;
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    this.environment = props.environment;
    this.action = new SnsAction(this.alarmsTopic());
    this.alarmAcks(props);
    this.alarmFlows(props);
    this.alarmNotices(props);
    this.alarmCapacity(props);
    new Dashboard(this, 'Dashboard', props);
  }

  private alarmAcks({ api, functions }: ObservabilityProps): void {
    // API Gateway's own figure: it has the cold starts, and the runs that were killed before they could say anything.
    const latency = api.metricLatency({ statistic: Stats.p(99) });
    this.alarm('ack-slow', latency, 2000, 'Slack waits over 2 s for its slowest acknowledgements; at 3 s it gives up.');
    const errors = api.metricServerError({ statistic: Stats.SUM });
    const failed = 'Slack got a 5xx: an event comes again, a press or a command does not. The log says why.';
    this.alarm('ack-failed', errors, 1, failed);
    for (const { description, lambda } of functions.triggeredBy('http_post')) {
      // Slack sends a refused event three times within six minutes: the first one is enough to notice a wrong secret.
      const refused = handlerMetric('RefusedSignatures', lambda).with({ period: Duration.minutes(15) });
      const text = 'Requests with a wrong signature: the signing secret is not that of the app, or somebody tries.';
      this.alarm(`${description.name}-refused-signatures`, refused, 3, text);
    }
  }

  private alarmFlows({ functions, machines }: ObservabilityProps): void {
    // Nothing is alarmed by the age of an execution: a deployment may wait for its approval for a month.
    for (const [name, machine] of machines) {
      this.alarm(`${name}-failed`, machine.metricFailed(), 1, `Executions of ${name} failed.`);
      this.alarm(`${name}-timed-out`, machine.metricTimedOut(), 1, `Executions of ${name} took too long.`);
    }
    // The failure of a step is its execution's business: it is retried, then caught. Some fail while they wait.
    const others = (['http_post', 'notices_queue', 'every_minutes'] as const).flatMap((kind) =>
      functions.triggeredBy(kind),
    );
    for (const { description, lambda } of others) {
      this.alarm(`${description.name}-errors`, lambda.metricErrors(), 1, `Runs of ${description.name} failed.`);
    }
  }

  private alarmNotices({ notices, deadLetters }: ObservabilityProps): void {
    const age = notices.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM });
    this.alarm('notices-late', age, 600, 'A notice has waited for ten minutes: people are not told of what was done.');
    // A message that was received three times is left out of the age; the notifier hides it until its next try.
    const retried = notices.metricApproximateNumberOfMessagesNotVisible({
      statistic: Stats.MINIMUM,
      period: Duration.minutes(15),
    });
    this.alarm('notices-retried', retried, 1, 'Notices have been tried again for a quarter of an hour: is Slack down?');
    for (const [name, queue] of deadLetters) {
      const count = queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM });
      this.alarm(`${name}-dead-letters`, count, 1, 'Messages were given up. They are kept for 14 days.');
    }
  }

  private alarmCapacity({ functions, ledger }: ObservabilityProps): void {
    for (const { description, lambda } of functions.all) {
      const text = `Runs of ${description.name} were refused: the account has no concurrency left.`;
      this.alarm(`${description.name}-throttled`, lambda.metricThrottles(), 1, text);
    }
    const throttled = ledger.metric('WriteThrottleEvents', { statistic: Stats.SUM });
    this.alarm('ledger-throttled', throttled, 1, 'The ledger refused writes: they came faster than it could grow.');
  }

  private alarm(name: string, metric: Metric, threshold: number, alarmDescription: string): void {
    const alarm = new Alarm(this, name, {
      alarmName: this.environment.physicalName(`ackflow-${name}`),
      alarmDescription,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
  }

  private alarmsTopic(): Topic {
    const cloudWatch = {
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    };
    // CloudWatch may not use the key `alias/aws/sns`. Source: <https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns>
    const key = new Key(this, 'Key', {
      description: 'Encrypts the alarms of Ackflow.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(
      new PolicyStatement({ ...cloudWatch, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] }),
    );
    const topic = new Topic(this, 'Topic', {
      topicName: this.environment.physicalName('ackflow-alarms'),
      masterKey: key,
      enforceSSL: true,
    });
    topic.addToResourcePolicy(
      new PolicyStatement({ ...cloudWatch, actions: ['sns:Publish'], resources: [topic.topicArn] }),
    );
    const email = alarmEmail(this.environment);
    if (email !== undefined) {
      topic.addSubscription(new EmailSubscription(email));
    } else if (this.environment.care.deletionProtection) {
      Validations.of(this).addWarning('ackflow:nobody-is-alarmed', 'Alarms reach nobody. Set `-c alarmEmail=ADDRESS`.');
    }
    return topic;
  }
}
