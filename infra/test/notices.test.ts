import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';

import { description } from './description.ts';
import { app, template } from './synthesized.ts';

const idOf = (type: string, QueueName: string) =>
  Object.keys(template().findResources(type, { Properties: { QueueName } }))[0] ?? '';

describe('Notices', () => {
  const queue = idOf('AWS::SQS::Queue', 'ackflow-notices-dev');
  const deadLetters = { 'Fn::GetAtt': [idOf('AWS::SQS::Queue', 'ackflow-notices-dead-letters-dev'), 'Arn'] };

  test('are encrypted at rest and on their way', () => {
    template().allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    template().allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    for (const type of ['AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy']) {
      const tls = { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
      template().allResourcesProperties(type, {
        PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(tls)]) },
      });
    }
  });

  test('reach the queue as they were published', () => {
    template().hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': [queue, 'Arn'] },
      RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: deadLetters },
    });
  });

  test('are not read again while the notifier may still be at it, and end as dead letters', () => {
    const notifier = description().functions.find(({ trigger }) => trigger === 'notices_queue');
    template().hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'ackflow-notices-dev',
      VisibilityTimeout: 6 * (notifier?.timeout_seconds ?? 0),
      RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 25 },
    });
    template().hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'ackflow-notices-dead-letters-dev',
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
    });
  });

  test('are delivered to the notifier, which may fail some of a batch', () => {
    template().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [queue, 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('need somebody who reads them', () => {
    const system = description();
    const functions = system.functions.filter(({ trigger }) => trigger !== 'notices_queue');
    expect(() => app({}, { ...system, functions })).toThrow('No function of the description reads the queue');
  });
});
