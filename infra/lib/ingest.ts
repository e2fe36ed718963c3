import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import type { Environment } from './environment.ts';

export interface IngestProps {
  readonly environment: Environment;
}

/**
 * Requests a second, and at once. Slack sends a workspace's app up to 30,000 events an hour, which is 8 a second; what
 * is refused here it sends again. Whoever else finds the URL can't run up more cost than this.
 * Source: <https://docs.slack.dev/apis/events-api/#rate-limiting>
 */
const THROTTLE = { rateLimit: 100, burstLimit: 300 };

/** What the access log says of a request: neither its signature nor anything of its body. */
const ACCESS_LOG = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integrationLatency',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
  sourceIp: '$context.identity.sourceIp',
  userAgent: '$context.identity.userAgent',
};

/** The door for Slack's requests: an HTTP API with a route to each function that answers one. */
export class Ingest extends Construct {
  readonly api: HttpApi;
  private readonly stage: HttpStage;

  constructor(scope: Construct, id: string, { environment }: IngestProps) {
    super(scope, id);
    const apiName = environment.physicalName('ackflow');
    this.api = new HttpApi(this, 'Api', { apiName, createDefaultStage: false });
    const accessLog = new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/apis/${apiName}`,
      retention: environment.care.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
  }

  /** Sends the requests to a path to a function, and gives the URL. */
  route(path: string, handler: IFunction): string {
    const route = new HttpRoute(this, path, {
      httpApi: this.api,
      routeKey: HttpRouteKey.with(path, HttpMethod.POST),
      integration: new HttpLambdaIntegration(path, handler),
    });
    Validations.of(route).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'Slack signs its requests. The function verifies the signature, which no authorizer of an API can do.',
    });
    // The stage's URL ends with a slash. It is made of the API's id. The API's attribute `ApiEndpoint` says the same,
    // but AWS's stand-in fails on it.
    return `${this.stage.url}${path.slice(1)}`;
  }
}
