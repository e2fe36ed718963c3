import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';

import { description } from './description.ts';
import { template } from './synthesized.ts';

describe('A bucket', () => {
  test('is private, encrypted, read over TLS only, and kept', () => {
    template().allResources('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    const tls = { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    template().resourcePropertiesCountIs(
      'AWS::S3::BucketPolicy',
      { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(tls)]) } },
      2,
    );
  });

  test('of documents has versions for a month, forgets aborted uploads and old approvals, and logs who reads it', () => {
    template().hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      LoggingConfiguration: Match.anyValue(),
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
          Match.objectLike({ Prefix: 'approvals/', ExpirationInDays: 60 }),
        ]),
      },
    });
  });
});

describe('The ledger', () => {
  const { ledger } = description();

  test('is the table of the description', () => {
    template().hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: ledger.partition_key, KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: ledger.time_to_live, Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      GlobalSecondaryIndexes: [
        {
          IndexName: ledger.pending_index.name,
          KeySchema: [
            { AttributeName: ledger.pending_index.partition_key, KeyType: 'HASH' },
            { AttributeName: ledger.pending_index.sort_key, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
  });

  test.each([
    ['dev', 'Delete', false],
    ['stg', 'Delete', false],
    ['prod', 'Retain', true],
  ])('in %s: %s, protected %s', (env, DeletionPolicy, DeletionProtectionEnabled) => {
    template({ env, alarmEmail: 'operators@example.com' }).hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy,
      Properties: { DeletionProtectionEnabled },
    });
  });
});

test('The secrets are empty, and the outputs say how to fill them', () => {
  const secrets = Object.values(template().findResources('AWS::SecretsManager::Secret'));
  expect(secrets.map(({ Properties }) => Properties as unknown)).toEqual([
    { Name: 'ackflow-bot-token-dev' },
    { Name: 'ackflow-signing-secret-dev' },
    { Name: 'ackflow-user-token-dev' },
    { Name: 'ackflow-webhook-secret-dev' },
  ]);
  expect(command('PutSigningSecret')).toBe(
    `aws secretsmanager put-secret-value --secret-id <arn> --secret-string '{"signing_secret":"YOUR_SIGNING_SECRET"}'`,
  );
  expect(command('PutBotToken')).toBe(
    `aws secretsmanager put-secret-value --secret-id <arn> --secret-string '{"bot_token":"xoxb-YOUR_BOT_TOKEN"}'`,
  );
  expect(command('PutUserToken')).toBe(
    `aws secretsmanager put-secret-value --secret-id <arn> --secret-string '{"user_token":"xoxp-YOUR_USER_TOKEN"}'`,
  );
  expect(command('PutWebhookSecret')).toBe(
    `aws secretsmanager put-secret-value --secret-id <arn> --secret-string '{"webhook_secret":"YOUR_WEBHOOK_SECRET"}'`,
  );
});

function command(output: string): string {
  const { Value } = template().findOutputs(output)[output] as { Value: { 'Fn::Join': [string, unknown[]] } };
  return Value['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : '<arn>')).join('');
}
