import { Duration } from 'aws-cdk-lib';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { Environment } from './environment.ts';

export interface NoticesProps {
  readonly environment: Environment;
  /** The timeout of the function that tells people of notices. */
  readonly notifierTimeout: Duration;
}

/** What the flows have to say, on its way to the notifier: topic → queue → function, and a queue for dead letters. */
export class Notices extends Construct {
  /** Flows and ingest publish here. Whoever else wants to know may subscribe. */
  readonly topic: Topic;
  /** The notifier reads here. */
  readonly queue: Queue;
  /** Notices that could not be told. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { environment, notifierTimeout }: NoticesProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      topicName: environment.physicalName('ackflow-notices'),
      // SNS's own key lets in whoever may publish: no publisher needs a grant on a key.
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
      enforceSSL: true,
    });
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: environment.physicalName('ackflow-notices-dead-letters'),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: environment.physicalName('ackflow-notices'),
      // The key of SQS, as SNS may not use the key `alias/aws/sqs`.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // What AWS asks for, so that a message is not read again while the function is still at it.
      // Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
      visibilityTimeout: Duration.seconds(6 * notifierTimeout.toSeconds()),
      // With the notifier's waits, a notice outlives an outage of Slack's of about three hours.
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 25 },
    });
    this.topic.addSubscription(
      new SqsSubscription(this.queue, { rawMessageDelivery: true, deadLetterQueue: this.deadLetters }),
    );
  }

  /** Has a function read the queue. Its role has what that takes from its own grants. */
  deliverTo(notifier: LambdaFunction): void {
    new EventSourceMapping(this, 'Delivery', {
      target: notifier,
      eventSourceArn: this.queue.queueArn,
      // One at a time: a slow Slack could take a batch beyond the notifier's timeout, and so all of it.
      batchSize: 1,
      // A notice that fails is to be taken again when the notifier says, without an alarm for each try.
      reportBatchItemFailures: true,
      // Slack takes about one message a second and channel: more at once would only be told to wait.
      maxConcurrency: 5,
    });
  }
}
