import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';

import { description } from './description.ts';
import { app, template } from './synthesized.ts';

interface AlarmResource {
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** A metric as CloudWatch reads it: namespace, name, dimensions, and how it is drawn. */
type Graph = readonly (string | { readonly label?: string })[];

/** The metrics of one widget of the dashboard. */
function graphs(title: string): Graph[] {
  const [dashboard] = Object.values(template().findResources('AWS::CloudWatch::Dashboard')) as {
    Properties: { DashboardBody: { 'Fn::Join': [string, (string | { Ref: string })[]] } };
  }[];
  const parts = dashboard?.Properties.DashboardBody['Fn::Join'][1] ?? [];
  const body = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : part.Ref)).join('')) as {
    widgets: { properties: { title: string; metrics: Graph[] } }[];
  };
  return body.widgets.find(({ properties }) => properties.title === title)?.properties.metrics ?? [];
}

function labels(title: string): (string | undefined)[] {
  return graphs(title).map((graph) => graph.find((part) => typeof part === 'object')?.label);
}

const alarms = Object.values(template().findResources('AWS::CloudWatch::Alarm')) as AlarmResource[];

describe('An alarm', () => {
  test('is there for each thing that can go wrong', () => {
    expect(alarms.map(({ Properties }) => Properties['AlarmName']).sort()).toMatchInlineSnapshot(`
      [
        "ackflow-ack-failed-dev",
        "ackflow-ack-slow-dev",
        "ackflow-approvals-failed-dev",
        "ackflow-approvals-timed-out-dev",
        "ackflow-channel-guides-failed-dev",
        "ackflow-channel-guides-timed-out-dev",
        "ackflow-commands-failed-dev",
        "ackflow-commands-timed-out-dev",
        "ackflow-comment-edits-failed-dev",
        "ackflow-comment-edits-timed-out-dev",
        "ackflow-deploy-approval-throttled-dev",
        "ackflow-deploy-check-throttled-dev",
        "ackflow-deploy-decision-throttled-dev",
        "ackflow-deploy-end-throttled-dev",
        "ackflow-deploy-start-throttled-dev",
        "ackflow-deploy-turn-throttled-dev",
        "ackflow-deployments-failed-dev",
        "ackflow-deployments-timed-out-dev",
        "ackflow-document-pipeline-failed-dev",
        "ackflow-document-pipeline-timed-out-dev",
        "ackflow-ledger-throttled-dev",
        "ackflow-moderation-failed-dev",
        "ackflow-moderation-timed-out-dev",
        "ackflow-notices-dead-letters-dev",
        "ackflow-notices-late-dev",
        "ackflow-notices-retried-dev",
        "ackflow-onboarding-failed-dev",
        "ackflow-onboarding-timed-out-dev",
        "ackflow-slack-commands-throttled-dev",
        "ackflow-slack-event-handler-errors-dev",
        "ackflow-slack-event-handler-refused-signatures-dev",
        "ackflow-slack-event-handler-throttled-dev",
        "ackflow-slack-file-fetcher-throttled-dev",
        "ackflow-slack-interactivity-errors-dev",
        "ackflow-slack-interactivity-refused-signatures-dev",
        "ackflow-slack-interactivity-throttled-dev",
        "ackflow-slack-metadata-throttled-dev",
        "ackflow-slack-moderator-throttled-dev",
        "ackflow-slack-notifier-errors-dev",
        "ackflow-slack-notifier-throttled-dev",
        "ackflow-slack-onboarding-throttled-dev",
        "ackflow-slack-redriver-dead-letters-dev",
        "ackflow-slack-redriver-errors-dev",
        "ackflow-slack-redriver-throttled-dev",
        "ackflow-slack-tags-throttled-dev",
        "ackflow-slack-votes-throttled-dev",
        "ackflow-votes-failed-dev",
        "ackflow-votes-timed-out-dev",
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

test('No alarm is about how long an execution takes: a deployment may wait for its approval for a month', () => {
  const ofFlows = alarms.filter(({ Properties }) => Properties['Namespace'] === 'AWS/States');
  const metrics = ofFlows.map(({ Properties }) => Properties['MetricName']);
  expect(new Set(metrics)).toEqual(new Set(['ExecutionsFailed', 'ExecutionsTimedOut']));
});

describe('The dashboard', () => {
  test('shows each function and each flow', () => {
    const names = description().functions.map(({ name }) => name);
    expect(labels('Duration p99, ms')).toEqual(names);
    expect(labels('Errors and throttles')).toEqual([...names, ...names.map((name) => `${name}, throttled`)]);
    const flows = description().flows.map(({ name }) => name);
    expect(labels('Executions started')).toEqual(flows);
    expect(labels('Executions failed or timed out')).toEqual([...flows, ...flows.map((name) => `${name}, timed out`)]);
  });

  test('shows the bytes that the one function stores that fetches files', () => {
    const handlers = graphs('Bytes stored').map((metric) => metric[3]);
    expect(handlers).toEqual([expect.stringMatching('slackfilefetcher')]);
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

  test.each(['operators', 'a@example.com,b@example.com', 'operators@'])(
    'has no address that is none: %s',
    (alarmEmail) => {
      expect(() => app({ alarmEmail })).toThrow(`Alarms can't be mailed to \`${alarmEmail}\`.\nGive one address`);
    },
  );

  test('of prod should have one', () => {
    const warnings = (context: object) =>
      Annotations.fromStack(app({ ...context }).stack).findWarning('*', Match.stringLikeRegexp('Alarms reach nobody'));
    expect(warnings({ env: 'prod' })).toHaveLength(1);
    expect(warnings({ env: 'prod', alarmEmail: 'operators@example.com' })).toHaveLength(0);
    expect(warnings({ env: 'dev' })).toHaveLength(0);
  });
});
