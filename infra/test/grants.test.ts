import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';

import type { Grant } from '../lib/description.ts';
import { DEPLOY_TARGETS, description } from './description.ts';
import { roles, type Statement } from './roles.ts';
import { app } from './synthesized.ts';

const DEPLOY: Grant[] = [
  { resource: 'build_projects', actions: ['codebuild:StartBuild', 'codebuild:BatchGetBuilds'] },
  { resource: 'target_state_machines', actions: ['states:StartExecution', 'states:DescribeExecution'] },
];

/** What a function with these grants may do, beside its logs and traces. */
function allowed(
  grants: readonly Grant[],
  deploy_targets = DEPLOY_TARGETS,
): Pick<Statement, 'actions' | 'resources'>[] {
  const system = description();
  const functions = system.functions.map((each) => (each.name === 'slack-tags' ? { ...each, grants } : each));
  const { stack } = app({}, { ...system, functions, deploy_targets });
  const role = roles(stack).find(({ path }) => path === 'Functions/slack-tags/Role');
  return (role?.statements ?? [])
    .filter(({ actions }) => !actions.some((action) => /^(logs|xray):/.test(action)))
    .map(({ actions, resources }) => ({ actions, resources }));
}

describe('A grant', () => {
  test('on what deploys services names each project and machine; executions are those of the machines', () => {
    expect(allowed(DEPLOY)).toEqual([
      {
        actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild'],
        resources: ['arn:…:codebuild:…:…:project/api', 'arn:…:codebuild:…:…:project/web'],
      },
      {
        actions: ['states:DescribeExecution'],
        resources: [
          'arn:aws:states:eu-central-1:123456789012:execution:release:*',
          'arn:aws:states:eu-central-1:123456789012:execution:rollout:*',
        ],
      },
      { actions: ['states:StartExecution'], resources: [...DEPLOY_TARGETS.state_machines] },
    ]);
  });

  test('on what deploys services allows nothing, if no service is deployed so', () => {
    expect(allowed(DEPLOY, { codebuild_projects: [], state_machines: [] })).toEqual([]);
  });

  test("on what deploys services is found by the checks, if a machine's name is no limit", () => {
    const state_machines = ['arn:aws:states:eu-central-1:123456789012:stateMachine:*'];
    const checked = app({}, { ...description(), deploy_targets: { codebuild_projects: ['*'], state_machines } });
    const found = new AwsSolutionsChecks(checked).validateScope(checked).violations.map(({ ruleName }) => ruleName);
    expect(found).toContain('AwsSolutions-IAM5[Resource::arn:aws:states:eu-central-1:123456789012:stateMachine:*]');
    expect(found).toContain('AwsSolutions-IAM5[Resource::arn:aws:states:eu-central-1:123456789012:execution:*:*]');
    expect(found).toContainEqual(expect.stringMatching(/^AwsSolutions-IAM5.*:project\/\*\]$/));
  });

  test('on flows is one on their machines, and no others', () => {
    const actions = ['states:StartExecution'];
    const resources = ['arn:…:states:…:…:stateMachine:votes-dev'];
    expect(allowed([{ resource: { state_machines: ['votes'] }, actions }])).toEqual([{ actions, resources }]);
  });

  test('on task tokens is one on the machines that give them, and no others', () => {
    const actions = ['states:SendTaskSuccess'];
    const resources = ['arn:…:states:…:…:stateMachine:deployments-dev'];
    expect(allowed([{ resource: 'task_tokens', actions }])).toEqual([{ actions, resources }]);
  });

  test.each([
    ['user_token', '<Storage/UserToken>'],
    ['webhook_secret', '<Storage/WebhookSecret>'],
  ])('on %s is one on its secret', (resource, secret) => {
    const actions = ['secretsmanager:GetSecretValue'];
    expect(allowed([{ resource, actions }])).toEqual([{ actions, resources: [secret] }]);
  });
});
