import { describe, expect, test } from 'vitest';

import { description } from './description.ts';
import { template } from './synthesized.ts';

interface Route {
  readonly RouteKey: string;
  readonly Target: { readonly 'Fn::Join': [string, ['integrations/', { readonly Ref: string }]] };
}

const routes = Object.values(template().findResources('AWS::ApiGatewayV2::Route')).map(
  ({ Properties }) => Properties as Route,
);

/** The name of the function that answers the requests to a path. */
function handlerOf(path: string): unknown {
  const target = routes.find(({ RouteKey }) => RouteKey === `POST ${path}`)?.Target['Fn::Join'][1][1].Ref ?? '';
  const resources = template().toJSON()['Resources'] as Record<string, { Properties: Record<string, unknown> }>;
  const { 'Fn::GetAtt': uri } = resources[target]?.Properties['IntegrationUri'] as { 'Fn::GetAtt': [string, 'Arn'] };
  return resources[uri[0]]?.Properties['FunctionName'];
}

/** The path that an output's URL ends with. */
function pathOf(output: string): unknown {
  const { Value } = template().findOutputs(output)[output] as { Value: { 'Fn::Join': [string, unknown[]] } };
  const [scheme, ...rest] = Value['Fn::Join'][1];
  expect(scheme).toBe('https://');
  return rest.at(-1);
}

describe('The API', () => {
  test('has a route for each path of a function that answers requests, and no other', () => {
    const paths = description().functions.flatMap(({ trigger }) =>
      typeof trigger === 'object' && 'http_post' in trigger ? trigger.http_post : [],
    );
    expect(routes.map(({ RouteKey }) => RouteKey)).toEqual(paths.map((path) => `POST ${path}`));
  });

  test.each([
    ['/slack/events', 'slack-event-handler', 'RequestUrlslackevents'],
    ['/slack/interactivity', 'slack-interactivity', 'RequestUrlslackinteractivity'],
    ['/slack/commands', 'slack-interactivity', 'RequestUrlslackcommands'],
  ])('sends %s to %s, and has the URL in the output %s', (path, name, output) => {
    expect(handlerOf(path)).toBe(`${name}-dev`);
    expect(pathOf(output)).toBe(path);
  });

  test('is throttled, and logs requests without signature or body', () => {
    template().hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 300 },
    });
    const [stage] = Object.values(template().findResources('AWS::ApiGatewayV2::Stage'));
    const { Format } = (stage as { Properties: { AccessLogSettings: { Format: string } } }).Properties
      .AccessLogSettings;
    expect(Object.values(JSON.parse(Format) as object).filter((value) => /header|body/i.test(String(value)))).toEqual(
      [],
    );
  });
});
