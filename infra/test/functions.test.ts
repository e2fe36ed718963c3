import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';

import { AckflowApp } from '../lib/ackflow-app.ts';
import type { Description, FunctionDescription, Grant } from '../lib/description.ts';
import { DEPLOY_TARGETS, deploying, description } from './description.ts';
import { roles } from './roles.ts';
import { app, lambdaFolder, template } from './synthesized.ts';

/** The system with one of its functions changed. */
function changed(name: string, change: Partial<FunctionDescription>): Description {
  const system = description();
  return {
    ...system,
    functions: system.functions.map((each) => (each.name === name ? { ...each, ...change } : each)),
  };
}

function environmentOf(name: string, context = {}): Record<string, unknown> {
  const found = Object.values(template(context).findResources('AWS::Lambda::Function')) as {
    Properties: { FunctionName: string; Environment?: { Variables: Record<string, unknown> } };
  }[];
  return (
    found.find(({ Properties }) => Properties.FunctionName === `${name}-dev`)?.Properties.Environment?.Variables ?? {}
  );
}

/** What stands behind the resources of the description's grants. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  ledger: ['<Storage/Ledger>'],
  pending_index: ['<Storage/Ledger>/index/pending'],
  task_tokens: ['arn:…:states:…:…:stateMachine:deployments-dev'],
  notices_topic: ['<Notices/Topic>'],
  notices_queue: ['<Notices/Queue>'],
  bot_token: ['<Storage/BotToken>'],
  signing_secret: ['<Storage/SigningSecret>'],
  user_token: ['<Storage/UserToken>'],
  webhook_secret: ['<Storage/WebhookSecret>'],
  build_projects: DEPLOY_TARGETS.codebuild_projects.map((name) => `arn:…:codebuild:…:…:project/${name}`),
  target_state_machines: DEPLOY_TARGETS.state_machines,
};

/** What the stack should allow for a grant, with a line for each action and resource. */
function expected({ resource, actions }: Grant): string[] {
  if (typeof resource === 'object' && 'state_machines' in resource) {
    const machines = resource.state_machines.map((flow) => `arn:…:states:…:…:stateMachine:${flow}-dev`);
    return actions.flatMap((action) => machines.map((machine) => `${action} on ${machine}`));
  }
  if (typeof resource === 'object') {
    const prefix = `${resource.objects}*`;
    return actions.map((action) =>
      action === 's3:ListBucket'
        ? `${action} on <Storage/Bucket> if {"StringLike":{"s3:prefix":"${prefix}"}}`
        : `${action} on <Storage/Bucket>/${prefix}`,
    );
  }
  return actions.flatMap((action) =>
    (RESOURCES[resource] ?? []).map((each) =>
      action === 'states:DescribeExecution'
        ? `${action} on ${each.replace('stateMachine', 'execution').replace(':live', '')}:*`
        : `${action} on ${each}`,
    ),
  );
}

describe('A function', () => {
  test.each(description().functions)('$name is what the description says', ({ name, ...of }) => {
    template().hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `${name}-dev`,
      Description: of.comment,
      Timeout: of.timeout_seconds,
      MemorySize: of.memory_mib,
      Runtime: 'provided.al2023',
      Handler: 'bootstrap',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
    });
    template().hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: `/aws/lambda/${name}-dev`,
      RetentionInDays: 7,
    });
  });

  test.each(description().functions)(
    '$name may do what the description grants, and nothing else',
    ({ name, grants }) => {
      const role = roles(app({}, deploying()).stack).find(({ path }) => path === `Functions/${name}/Role`);
      const allowed = role?.statements.flatMap(({ actions, resources, condition }) => {
        const suffix = condition === undefined ? '' : ` if ${JSON.stringify(condition)}`;
        return actions.flatMap((action) => resources.map((resource) => `${action} on ${resource}${suffix}`));
      });
      const ours = [
        `logs:CreateLogStream on <Functions/${name}/Logs>`,
        `logs:PutLogEvents on <Functions/${name}/Logs>`,
        'xray:PutTelemetryRecords on *',
        'xray:PutTraceSegments on *',
      ];
      expect(allowed?.sort()).toEqual([...ours, ...grants.flatMap(expected)].sort());
    },
  );

  test.each(description().functions)('$name has every variable that it needs', ({ name, environment }) => {
    const required = environment.filter(({ optional }) => !optional).map((variable) => variable.name);
    expect(Object.keys(environmentOf(name)).sort()).toEqual(required.sort());
  });

  test('has an optional variable only if the operator sets it, and only if it reads it', () => {
    const context = { SLACK_TEAM_IDS: 'T1,T2', RUST_LOG: 'debug' };
    expect(environmentOf('slack-event-handler', context)).toMatchObject(context);
    expect(environmentOf('slack-tags', context)).toMatchObject({ RUST_LOG: 'debug' });
    expect(environmentOf('slack-tags', context)).not.toHaveProperty('SLACK_TEAM_IDS');
  });

  test('runs on x86_64, if that is asked for', () => {
    template({ arch: 'x86_64' }).allResourcesProperties('AWS::Lambda::Function', { Architectures: ['x86_64'] });
  });
});

describe('A role', () => {
  const all = roles(app({}, deploying()).stack).flatMap(({ path, statements }) =>
    statements.map((each) => ({ path, ...each })),
  );

  test('allows no action by a wildcard', () => {
    expect(all.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('allows on everything only what knows no resources', () => {
    const services = all
      .filter(({ resources }) => resources.includes('*'))
      .flatMap(({ actions }) => actions)
      .filter((action) => !action.startsWith('xray:') && !/^logs:.*(LogDeliver|ResourcePolic|LogGroups)/.test(action));
    expect(services).toEqual([]);
  });

  test('lists the objects of the prefixes that its grants name, and no others', () => {
    const listed = all
      .filter(({ actions }) => actions.includes('s3:ListBucket'))
      .map(({ path, actions, condition }) => ({ path, actions, condition }));
    const granted = description().functions.flatMap(({ name, grants }) =>
      grants
        .filter(({ actions }) => actions.includes('s3:ListBucket'))
        .map(({ resource }) => ({
          path: `Functions/${name}/Role`,
          actions: ['s3:ListBucket'],
          condition: { StringLike: { 's3:prefix': `${(resource as { objects: string }).objects}*` } },
        })),
    );
    expect(listed).not.toEqual([]);
    expect(listed).toEqual(expect.arrayContaining(granted));
    expect(listed).toHaveLength(granted.length);
  });
});

describe('What the deployment can not do is told, with what to do', () => {
  test('a variable without a value', () => {
    const environment = [{ name: 'NEWS', holds: 'something new', optional: false }];
    expect(() => app({}, changed('slack-tags', { environment }))).toThrow(
      'slack-tags needs the variable NEWS, which this deployment has no value for.\nAdd it to infra/lib/variables.ts',
    );
  });

  test('a grant on something unknown', () => {
    const grants = [{ resource: 'moon', actions: ['moon:Land'] }];
    expect(() => app({}, changed('slack-tags', { grants }))).toThrow('grants moon:Land on `moon`');
  });

  test('a grant on a flow that is not there', () => {
    const grants = [{ resource: { state_machines: ['lost'] }, actions: ['states:StartExecution'] }];
    expect(() => app({}, changed('slack-tags', { grants }))).toThrow('grants the start of `lost`, which is none');
  });

  test.each([
    ['SLACK_TEAM_IDS', ',', 'the ids of the workspaces'],
    ['SLACK_TEAM_IDS', 'T0SMOKE;T2', 'the ids of the workspaces'],
    ['SLACK_OPERATORS_CHANNEL', '#ops', 'the id of the channel'],
    ['SLACK_API_URL', 'http://slack.example/api/', "the URL of Slack's Web API"],
    ['SLACK_API_URL', 'https://slack.example/api/?a=b', "the URL of Slack's Web API"],
  ])('the value of %s that no function would take: %s', (name, value, holds) => {
    expect(() => app({ [name]: value })).toThrow(`${name} can't be \`${value}\`.\nIt holds ${holds}`);
    expect(() => app({ env: 'prod', prod: { [name]: value } })).toThrow(`${name} can't be`);
  });

  test('a trigger that is unknown', () => {
    const trigger = { full_moon: true } as unknown as FunctionDescription['trigger'];
    expect(() => app({}, changed('slack-tags', { trigger }))).toThrow('slack-tags has the trigger {"full_moon":true}');
  });

  test('functions that are not built', () => {
    const props = { description: description(), lambdaFolder: '/nowhere' };
    expect(() => new AckflowApp(props)).toThrow(
      /is not built: .*\nBuild the functions: `cargo lambda build --release --package ackflow-functions --arm64`/,
    );
    expect(() => new AckflowApp({ ...props, context: { arch: 'x86_64' } })).toThrow('--x86-64');
  });

  test('a function that is a folder where its executable should be', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ackflow-functions-'));
    mkdirSync(join(folder, 'slack-event-handler/bootstrap'), { recursive: true });
    const build = () => new AckflowApp({ description: description(), lambdaFolder: folder });
    expect(build).toThrow('The function slack-event-handler is not built: there is no file');
    rmSync(folder, { recursive: true });
  });

  test('functions that are built for the other architecture', () => {
    const folder = lambdaFolder('x86_64');
    expect(() => new AckflowApp({ description: description(), lambdaFolder: folder })).toThrow(
      `${join(folder, 'slack-event-handler/bootstrap')} is not an executable for arm64.`,
    );
  });
});

test('A step may start flows, though the machines wait for the steps', () => {
  const environment = [{ name: 'STATE_MACHINES', holds: 'ARNs', optional: false }];
  const grants = [{ resource: { state_machines: ['votes'] }, actions: ['states:StartExecution'] }];
  // The assertion is in `fromStack`: it refuses a template whose resources wait for each other.
  Template.fromStack(app({}, changed('slack-tags', { environment, grants })).stack);
});
