import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';

import type { Grant } from './description.ts';
import type { System } from './system.ts';
import { UserError } from './user-error.ts';

/** Gives a role what a grant of the description says. */
export function addGrant(role: Role, { resource, actions }: Grant, system: System): void {
  if (typeof resource === 'object') {
    addObjectGrant(role, resource.objects, actions, system);
    return;
  }
  const { storage, notices, stateMachineArns } = system;
  const arns: Readonly<Record<string, string[]>> = {
    ledger: [storage.ledger.tableArn],
    pending_index: [storage.pendingIndexArn],
    state_machines: Object.values(stateMachineArns),
    notices_topic: [notices.topic.topicArn],
    notices_queue: [notices.queue.queueArn],
    bot_token: [storage.botToken.ref],
    signing_secret: [storage.signingSecret.ref],
  };
  const resources = arns[resource];
  if (!resources) {
    throw new UserError(
      `The description grants ${actions.join(', ')} on \`${resource}\`, which this deployment does not know.`,
      'Add it to infra/lib/grants.ts.',
    );
  }
  role.addToPolicy(new PolicyStatement({ actions: [...actions], resources }));
}

function addObjectGrant(role: Role, prefix: string, actions: readonly string[], { storage: { bucket } }: System): void {
  const ofBucket = actions.filter((action) => action === 's3:ListBucket');
  const ofObjects = actions.filter((action) => action !== 's3:ListBucket');
  if (ofBucket.length > 0) {
    // When an object is read, S3 takes its key as the prefix: one that is absent is "not found", not "forbidden".
    // Source: <https://github.com/kopia/kopia/pull/3072>
    const conditions = { StringLike: { 's3:prefix': `${prefix}*` } };
    role.addToPolicy(new PolicyStatement({ actions: ofBucket, resources: [bucket.bucketArn], conditions }));
  }
  role.addToPolicy(new PolicyStatement({ actions: ofObjects, resources: [`${bucket.bucketArn}/${prefix}*`] }));
  const bucketId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${prefix}*]`,
    reason: 'Keys are made of the ids of message and file, which nobody knows beforehand. The prefix is the limit.',
  });
}
