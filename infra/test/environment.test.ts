import { describe, expect, test } from 'vitest';

import { app, template } from './synthesized.ts';

/** The names that the account knows resources by, as far as they are not generated. */
function physicalNames(env: string): string[] {
  const resources = Object.values(
    template({ env, alarmEmail: 'operators@example.com' }).toJSON()['Resources'] as object,
  ) as {
    Type: string;
    Properties?: Record<string, unknown>;
  }[];
  return resources.flatMap(({ Type, Properties = {} }) =>
    Object.entries(Properties)
      // The name of a stage belongs to its API, that of a metric to its namespace, that of a policy to its role.
      .filter(
        ([key, value]) => key.endsWith('Name') && !/^(Stage|Metric|Policy)Name$/.test(key) && typeof value === 'string',
      )
      .map(([, value]) => `${Type} ${String(value)}`),
  );
}

describe('Environments', () => {
  test('share no name, so that they live in one account', () => {
    const [dev, stg, prod] = ['dev', 'stg', 'prod'].map(physicalNames);
    const all = [...(dev ?? []), ...(stg ?? []), ...(prod ?? [])];
    expect(dev).toContain('AWS::Lambda::Function slack-event-handler-dev');
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([
    ['dev', 7, false],
    ['stg', 30, false],
    ['prod', 365, true],
  ])('%s keeps its logs for %i days', (env, RetentionInDays, protectedStack) => {
    template({ env, alarmEmail: 'operators@example.com' }).allResourcesProperties('AWS::Logs::LogGroup', {
      RetentionInDays,
    });
    const { stack } = app({ env });
    expect(stack.stackName).toBe(`ackflow-${env}`);
    expect(stack.terminationProtection).toBe(protectedStack);
  });

  test('have options of their own in cdk.json; the command line comes first', () => {
    const variables = (context: object) =>
      JSON.stringify(
        template({ ...context }).findResources('AWS::Lambda::Function', { Properties: { Environment: {} } }),
      );
    const ofStg = { env: 'stg', stg: { SLACK_TEAM_IDS: 'T1' }, dev: { SLACK_TEAM_IDS: 'T2' } };
    expect(variables(ofStg)).toContain('"SLACK_TEAM_IDS":"T1"');
    expect(variables({ ...ofStg, SLACK_TEAM_IDS: 'T3' })).toContain('"SLACK_TEAM_IDS":"T3"');
  });

  test.each(['qa', 'toString', ''])('are three: %s is none', (env) => {
    expect(() => app({ env })).toThrow(`There is no environment \`${env}\`.\nChoose one: dev, stg, prod`);
  });

  test.each([
    [{ SLACK_TEAM_ID: 'T1' }, 'SLACK_TEAM_ID', 'SLACK_TEAM_IDS'],
    [{ alarmMail: 'operators@example.com' }, 'alarmMail', 'alarmEmail'],
    [{ environment: 'prod' }, 'environment', 'env'],
    [{ debug: '1' }, 'debug', 'DEBUG'],
    [{ prd: { tracing: 'off' } }, 'prd', 'prod'],
    [{ dev: { tracng: 'off', arch: 'arm64' } }, 'tracng', 'tracing'],
  ])('have no option that is misspelt: %j', (context, wrong, right) => {
    expect(() => app(context)).toThrow(`There is no option \`${wrong}\`.\nDid you mean \`${right}\`?`);
  });

  test('have no options of their own that nobody reads', () => {
    expect(() => app({ dev: { colour: 'red' } })).toThrow(
      /There is no option `colour`.\nChoose of these: alarmEmail, /,
    );
    expect(() => app({ dev: 'red' })).toThrow('The context `dev` holds no options.');
  });

  test('leave alone what is in the context for somebody else', () => {
    const others = { '@aws-cdk/core:newStyle': true, 'availability-zones:account=1': ['a'], owner: 'me' };
    expect(() => app(others)).not.toThrow();
  });

  test.each(['SLACK_TEAM_IDS', 'alarmEmail', 'arch', 'config', 'tracing'])('have no empty option: %s', (name) => {
    expect(() => app({ [name]: '' })).toThrow(`The option \`${name}\` is empty.\nGive it a value, or leave it out.`);
  });
});

test('The architecture is an option of an environment too', () => {
  expect(() => app({ dev: { arch: 'x86_64' } })).toThrow('bootstrap is not an executable for x86_64');
});

test('Architectures are two', () => {
  expect(() => app({ arch: 'mips' })).toThrow('There is no architecture `mips`.\nChoose one: arm64, x86_64');
});
