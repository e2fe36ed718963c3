import { describe, expect, test } from 'vitest';

import { description } from './description.ts';
import { template } from './synthesized.ts';

describe('The API', () => {
  test('has a route for each function that answers requests, and no other', () => {
    const paths = description().functions.flatMap(({ trigger }) =>
      typeof trigger === 'object' && 'http_post' in trigger ? [`POST ${trigger.http_post}`] : [],
    );
    const routes = Object.values(template().findResources('AWS::ApiGatewayV2::Route'));
    expect(routes.map(({ Properties }) => (Properties as { RouteKey: string }).RouteKey)).toEqual(paths);
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

  test('has its URL in the outputs', () => {
    const { Value } = template().findOutputs('RequestUrlslackevents')['RequestUrlslackevents'] as {
      Value: { 'Fn::Join': [string, unknown[]] };
    };
    const parts = Value['Fn::Join'][1];
    expect(parts[0]).toBe('https://');
    expect(parts.at(-1)).toBe('/slack/events');
  });
});
