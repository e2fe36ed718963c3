import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';

import { app, template } from './synthesized.ts';

interface AlarmResource {
  readonly Properties: Readonly<Record<string, unknown>>;
}

const alarms = Object.values(template().findResources('AWS::CloudWatch::Alarm')) as AlarmResource[];

describe('An alarm', () => {
  test('is there for each thing that can go wrong', () => {
    expect(alarms.map(({ Properties }) => Properties['AlarmName']).sort()).toMatchInlineSnapshot(`
      [
        "ackflow-ack-failed-dev",
        "ackflow-ack-slow-dev",
        "ackflow-comment-edits-failed-dev",
        "ackflow-comment-edits-timed-out-dev",
        "ackflow-document-pipeline-failed-dev",
        "ackflow-document-pipeline-timed-out-dev",
        "ackflow-ledger-throttled-dev",
        "ackflow-notices-dead-letters-dev",
        "ackflow-notices-late-dev",
        "ackflow-notices-retried-dev",
        "ackflow-slack-event-handler-errors-dev",
        "ackflow-slack-event-handler-refused-signatures-dev",
        "ackflow-slack-event-handler-throttled-dev",
        "ackflow-slack-file-fetcher-throttled-dev",
        "ackflow-slack-metadata-throttled-dev",
        "ackflow-slack-notifier-errors-dev",
        "ackflow-slack-notifier-throttled-dev",
        "ackflow-slack-redriver-dead-letters-dev",
        "ackflow-slack-redriver-errors-dev",
        "ackflow-slack-redriver-throttled-dev",
        "ackflow-slack-tags-throttled-dev",
      ]
    `);
  });

  test('goes to the topic of the alarms, as does its end', () => {
    const [topic] = Object.keys(
      template().findResources('AWS::SNS::Topic', { Properties: { TopicName: 'ackflow-alarms-dev' } }),
    );
    for (const { Properties } of alarms) {
      expect(Properties).toMatchObject({ AlarmActions: [{ Ref: topic }], OKActions: [{ Ref: topic }] });
    }
  });

  test('of slow acknowledgements is about what Slack waits for', () => {
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'ackflow-ack-slow-dev',
      Namespace: 'AWS/ApiGateway',
      MetricName: 'Latency',
      ExtendedStatistic: 'p99',
      Threshold: 2000,
    });
  });

  test('of refused signatures reads what the function counts', () => {
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'ackflow-slack-event-handler-refused-signatures-dev',
      Namespace: 'Ackflow',
      MetricName: 'RefusedSignatures',
      Dimensions: [{ Name: 'Function', Value: { Ref: Match.stringLikeRegexp('slackeventhandler') } }],
    });
  });
});

describe('The topic of the alarms', () => {
  test("is CloudWatch's to publish to, and so is its key", () => {
    const statement = (actions: unknown) => ({
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Action: actions,
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      ]),
    });
    template().hasResourceProperties('AWS::SNS::TopicPolicy', { PolicyDocument: statement('sns:Publish') });
    template().hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: statement(['kms:Decrypt', 'kms:GenerateDataKey']),
    });
  });

  test('has the address that the operator gives', () => {
    template({ alarmEmail: 'operators@example.com' }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'operators@example.com',
    });
  });

  test('of prod should have one', () => {
    const warnings = (context: object) =>
      Annotations.fromStack(app({ ...context }).stack).findWarning('*', Match.stringLikeRegexp('Alarms reach nobody'));
    expect(warnings({ env: 'prod' })).toHaveLength(1);
    expect(warnings({ env: 'prod', alarmEmail: 'operators@example.com' })).toHaveLength(0);
    expect(warnings({ env: 'dev' })).toHaveLength(0);
  });
});
