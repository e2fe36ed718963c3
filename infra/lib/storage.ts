import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import type { LedgerTable } from './description.ts';
import type { Environment } from './environment.ts';

export interface StorageProps {
  readonly environment: Environment;
  readonly ledger: LedgerTable;
}

/** What is kept: files and metadata in a bucket, events and effects in the ledger, and the secrets. */
export class Storage extends Construct {
  /** The files of users and their metadata. */
  readonly bucket: Bucket;
  /** What was done: each event, each effect outside, once. */
  readonly ledger: Table;
  /** The ledger's index of what is pending. */
  readonly pendingIndexArn: string;
  /** `{"bot_token": "xoxb-…"}` */
  readonly botToken: CfnSecret;
  /** `{"signing_secret": "…[,…]", "verification_token": "…"}`; the token is optional. */
  readonly signingSecret: CfnSecret;
  /** `{"user_token": "xoxp-…"}`; may stay empty. */
  readonly userToken: CfnSecret;
  /** `{"webhook_secret": "…"}`; may stay empty. */
  readonly webhookSecret: CfnSecret;

  constructor(scope: Construct, id: string, { environment, ledger }: StorageProps) {
    super(scope, id);
    this.bucket = this.documentBucket();
    this.ledger = this.ledgerTable(ledger, environment);
    this.pendingIndexArn = `${this.ledger.tableArn}/index/${ledger.pending_index.name}`;
    const ofSlack = 'Slack makes the value, and has no API that Secrets Manager could rotate it by.';
    const shared = 'Who receives the webhooks has the value too, where Secrets Manager could not rotate it.';
    const secret = (id: string, name: string, whyNotRotated: string) =>
      this.emptySecret(id, environment.physicalName(`ackflow-${name}`), whyNotRotated);
    this.botToken = secret('BotToken', 'bot-token', ofSlack);
    this.signingSecret = secret('SigningSecret', 'signing-secret', ofSlack);
    this.userToken = secret('UserToken', 'user-token', ofSlack);
    this.webhookSecret = secret('WebhookSecret', 'webhook-secret', shared);
  }

  private documentBucket(): Bucket {
    const shared: BucketProps = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // Documents of people outlive the stack, in any environment. The names are generated, so what is kept is not in
      // the way of the next deployment.
      removalPolicy: RemovalPolicy.RETAIN,
    };
    // Who read which document is a question that comes up later; only a log that is already there answers it.
    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...shared,
      lifecycleRules: [{ expiration: Duration.days(90) }],
    });
    return new Bucket(this, 'Bucket', {
      ...shared,
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      lifecycleRules: [
        // Metadata is rewritten when a comment is edited; a month is enough to take an edit back.
        { noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true },
        // What a crashed upload left behind is invisible, and paid for.
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        // A deployment waits for 40 days at most; after that, what was asked and the token to answer with are of no use.
        { prefix: 'approvals/', expiration: Duration.days(60) },
      ],
    });
  }

  private ledgerTable(ledger: LedgerTable, { care }: Environment): Table {
    const table = new Table(this, 'Ledger', {
      partitionKey: { name: ledger.partition_key, type: AttributeType.STRING },
      timeToLiveAttribute: ledger.time_to_live,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: care.deletionProtection,
      removalPolicy: care.removalPolicy,
    });
    table.addGlobalSecondaryIndex({
      indexName: ledger.pending_index.name,
      partitionKey: { name: ledger.pending_index.partition_key, type: AttributeType.STRING },
      sortKey: { name: ledger.pending_index.sort_key, type: AttributeType.STRING },
    });
    return table;
  }

  /** The class `Secret` would put a random value in, which looks like a real one. `CfnSecret` leaves it empty. */
  private emptySecret(id: string, name: string, reason: string): CfnSecret {
    const secret = new CfnSecret(this, id, { name });
    Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason });
    return secret;
  }
}
