import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';

import type { Grant } from './description.ts';
import type { System } from './system.ts';
import { UserError } from './user-error.ts';

/** Gives a role what a grant of the description says. */
export function addGrant(role: Role, { resource, actions }: Grant, system: System): void {
  if (typeof resource === 'object') {
    if ('objects' in resource) {
      addObjectGrant(role, resource.objects, actions, system);
    } else {
      allow(role, actions, machinesOf(resource.state_machines, system));
    }
    return;
  }
  if (resource === 'target_state_machines') {
    addTargetGrant(role, actions, system.deployTargets.state_machines);
    return;
  }
  const { storage, notices, waitingMachineArns, deployTargets } = system;
  const project = (resourceName: string) =>
    Stack.of(role).formatArn({ service: 'codebuild', resource: 'project', resourceName });
  const arns: Readonly<Record<string, readonly string[]>> = {
    ledger: [storage.ledger.tableArn],
    pending_index: [storage.pendingIndexArn],
    // The Service Authorization Reference knows no resource for the actions on tokens. Step Functions takes the machine
    // that gave the token. Source: <https://github.com/aws/aws-cdk/pull/8486>
    task_tokens: waitingMachineArns,
    notices_topic: [notices.topic.topicArn],
    notices_queue: [notices.queue.queueArn],
    bot_token: [storage.botToken.ref],
    signing_secret: [storage.signingSecret.ref],
    user_token: [storage.userToken.ref],
    webhook_secret: [storage.webhookSecret.ref],
    build_projects: deployTargets.codebuild_projects.map(project),
  };
  const resources = arns[resource];
  if (!resources) {
    throw new UserError(
      `The description grants ${actions.join(', ')} on \`${resource}\`, which this deployment does not know.`,
      'Add it to infra/lib/grants.ts.',
    );
  }
  allow(role, actions, resources);
}

/** A statement for actions on resources, unless there are none. */
function allow(role: Role, actions: readonly string[], resources: readonly string[]): void {
  if (actions.length > 0 && resources.length > 0) {
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }
}

function machinesOf(flows: readonly string[], { stateMachineArns }: System): string[] {
  return flows.map((flow) => {
    const arn = stateMachineArns[flow];
    if (arn === undefined) {
      throw new UserError(
        `The description grants the start of \`${flow}\`, which is none of its flows.`,
        'Add it to `flows()` in workflow/flows.',
      );
    }
    return arn;
  });
}

/** State machines that deploy services: they are started, and their executions are looked at. */
function addTargetGrant(role: Role, actions: readonly string[], machines: readonly string[]): void {
  const ofMachines = actions.filter((action) => action === 'states:StartExecution');
  const ofExecutions = actions.filter((action) => action !== 'states:StartExecution');
  allow(role, ofMachines, machines);
  const executions = machines.map((arn) => arn.replace(/:stateMachine:([^:]+).*/, ':execution:$1:*'));
  allow(role, ofExecutions, executions);
  if (ofExecutions.length > 0) {
    // A `*` in the name of a machine is not acknowledged: it is the operator's, and no limit.
    const limited = executions.filter((arn) => !arn.slice(0, -1).includes('*'));
    Validations.of(role).acknowledge(
      ...limited.map((arn) => ({
        id: `AwsSolutions-IAM5[Resource::${arn}]`,
        reason: 'An execution is named after the deployment that starts it. The machine is the limit.',
      })),
    );
  }
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
    reason: 'Keys are made of ids, which nobody knows beforehand. The prefix is the limit.',
  });
}
