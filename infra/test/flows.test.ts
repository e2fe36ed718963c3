import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';

import type { Description, Flow } from '../lib/description.ts';
import { description } from './description.ts';
import { roles } from './roles.ts';
import { app, template } from './synthesized.ts';

const { flows, substitutions } = description();

/** The system with these flows beside its own. */
function withFlows(...other: Flow[]): Description {
  const system = description();
  return { ...system, flows: [...system.flows, ...other] };
}

/** A machine's document as AWS gets it, with the name of the resource in the place of each reference. */
function deployed(flow: string): string {
  const machines = Object.values(template().findResources('AWS::StepFunctions::StateMachine')) as {
    Properties: { StateMachineName: string; DefinitionString: { 'Fn::Join': [string, (string | object)[]] } };
  }[];
  const machine = machines.find(({ Properties }) => Properties.StateMachineName === `${flow}-dev`);
  const parts = machine?.Properties.DefinitionString['Fn::Join'][1] ?? [];
  return parts.map((part) => (typeof part === 'string' ? part : nameOf(part))).join('');
}

function nameOf(reference: object): string {
  const { Ref: ref, 'Fn::GetAtt': attribute } = reference as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  const resources = template().toJSON()['Resources'] as Record<string, { Properties: Record<string, string> }>;
  const { FunctionName, TopicName } = resources[ref ?? attribute?.[0] ?? '']?.Properties ?? {};
  return FunctionName ?? TopicName ?? '';
}

/** What stands behind a name in the environment dev. */
function resourceOf(placeholder: string): string {
  return `${substitutions.functions[placeholder] ?? 'ackflow-notices'}-dev`;
}

function placeholders({ definition }: Flow): string[] {
  return [...new Set([...JSON.stringify(definition).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? ''))];
}

describe.each(flows)('The state machine of $name', (flow) => {
  test('is the document of the description, with a resource for each name', () => {
    const expected = JSON.stringify(flow.definition).replaceAll(/\$\{(\w+)\}/g, (_, name: string) => resourceOf(name));
    expect(JSON.parse(deployed(flow.name))).toEqual(JSON.parse(expected));
    expect(deployed(flow.name)).not.toContain('${');
  });

  test('logs everything but what people wrote, and is traced', () => {
    template().hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: `${flow.name}-dev`,
      StateMachineType: flow.type,
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
    });
  });

  test('may run the functions and use the topics that it names, and nothing else', () => {
    const role = roles(app().stack).find(({ path }) => path === `Flows/${flow.name}/Machine/Role`);
    const on = (action: string) =>
      role?.statements.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources) ?? [];
    const names = placeholders(flow);
    const called = names.map((name) => substitutions.functions[name]).filter((name) => name !== undefined);
    expect(on('lambda:InvokeFunction').sort()).toEqual(called.map((name) => `<Functions/${name}/Function>`).sort());
    const publishes = names.some((name) => substitutions.topics.includes(name));
    expect(on('sns:Publish')).toEqual(publishes ? ['<Notices/Topic>'] : []);
  });
});

test('A flow that says so is an Express machine', () => {
  const quick: Flow = {
    name: 'quick',
    type: 'EXPRESS',
    definition: { StartAt: 'A', States: { A: { Type: 'Succeed' } } },
  };
  Template.fromStack(app({}, withFlows(quick)).stack).hasResourceProperties('AWS::StepFunctions::StateMachine', {
    StateMachineType: 'EXPRESS',
  });
});

test('A function that is to give a task token back is named in the parameters, and may be run', () => {
  const waiting: Flow = {
    name: 'waiting',
    type: 'STANDARD',
    definition: {
      StartAt: 'Ask',
      States: {
        Ask: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Parameters: { FunctionName: '${RewriteTags}', Payload: { 'task_token.$': '$$.Task.Token' } },
          End: true,
        },
      },
    },
  };
  const { stack } = app({}, withFlows(waiting));
  const role = roles(stack).find(({ path }) => path === 'Flows/waiting/Machine/Role');
  const invoke = role?.statements.filter(({ actions }) => actions.includes('lambda:InvokeFunction'));
  expect(invoke?.flatMap(({ resources }) => resources)).toEqual(['<Functions/slack-tags/Function>']);
  Template.fromStack(stack).hasResourceProperties('AWS::StepFunctions::StateMachine', {
    DefinitionString: {
      'Fn::Join': [
        '',
        [
          Match.stringLikeRegexp('lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"$'),
          { 'Fn::GetAtt': [Match.stringLikeRegexp('slacktags'), 'Arn'] },
          Match.stringLikeRegexp('Task.Token'),
        ],
      ],
    },
  });
});

test('A name that stands for nothing is told', () => {
  const flow: Flow = { name: 'lost', type: 'STANDARD', definition: { Resource: '${Nowhere}' } };
  expect(() => app({}, withFlows(flow))).toThrow('The flow lost names ${Nowhere}, which is neither');
});

test('A step of a function that is not there is told', () => {
  const system = description();
  const functions = { ...system.substitutions.functions, FetchFile: 'nobody' };
  expect(() => app({}, { ...system, substitutions: { ...system.substitutions, functions } })).toThrow(
    'The description has no function `nobody`.',
  );
});
