import { Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule as EventSchedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { Environment } from './environment.ts';

export interface ScheduleProps {
  readonly environment: Environment;
  /** The name of the function in the description. */
  readonly name: string;
  readonly handler: IFunction;
  readonly every: Duration;
}

/** Runs a function each time so many minutes have passed. */
export class Schedule extends Construct {
  /** The runs that EventBridge could not start. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { environment, name, handler, every }: ScheduleProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: environment.physicalName(`${name}-dead-letters`),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue, of a rule. The check knows only those of other queues.',
    });
    new Rule(this, 'Rule', {
      ruleName: environment.physicalName(name),
      schedule: EventSchedule.rate(every),
      // The next run does what this one missed, so there is no use in trying for long.
      targets: [
        new LambdaFunction(handler, {
          retryAttempts: 2,
          maxEventAge: Duration.minutes(5),
          deadLetterQueue: this.deadLetters,
        }),
      ],
    });
  }
}
