import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import type { Architecture } from './architecture.ts';
import { bootstrap } from './bootstrap.ts';
import type { FunctionDescription, TriggerKind } from './description.ts';
import type { Environment } from './environment.ts';
import { addGrant } from './grants.ts';
import type { System } from './system.ts';
import { tracing } from './tracing.ts';
import { UserError } from './user-error.ts';
import { variables } from './variables.ts';

export interface FunctionsProps {
  readonly environment: Environment;
  readonly architecture: Architecture;
  readonly functions: readonly FunctionDescription[];
  /** What the functions can be told of and be given access to. */
  readonly system: System;
  /** The folder of the compiled functions. */
  readonly lambdaFolder: string;
  /** The configuration file, if there is one. */
  readonly configuration: string | undefined;
}

/** A function and what the description says of it. */
export interface DeployedFunction {
  readonly description: FunctionDescription;
  readonly lambda: LambdaFunction;
}

/** The Lambda functions of the description, each with a role and a log group of its own. */
export class Functions extends Construct {
  readonly all: readonly DeployedFunction[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: FunctionsProps,
  ) {
    super(scope, id);
    this.all = props.functions.map((description) => ({ description, lambda: this.lambdaFunction(description) }));
  }

  /** The function of that name in the description. */
  get(name: string): LambdaFunction {
    const found = this.all.find(({ description }) => description.name === name);
    if (!found) {
      throw new UserError(`The description has no function \`${name}\`.`, 'Add it to `functions()` in workflow/flows.');
    }
    return found.lambda;
  }

  /** The functions that such a trigger runs. */
  triggeredBy(kind: TriggerKind): readonly DeployedFunction[] {
    return this.all.filter(({ description: { trigger } }) =>
      typeof trigger === 'string' ? trigger === kind : kind in trigger,
    );
  }

  private lambdaFunction(description: FunctionDescription): LambdaFunction {
    const { environment, architecture, system, lambdaFolder, configuration } = this.props;
    const functionName = environment.physicalName(description.name);
    const scope = new Construct(this, description.name);
    const logGroup = new LogGroup(scope, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: environment.care.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own: the one that `Function` would make may write to every log group.
    const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    for (const grant of description.grants) {
      addGrant(role, grant, system);
    }
    const traced = tracing(environment);
    if (traced) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords, which the tracing takes, know no resources.',
      });
    }
    return new LambdaFunction(scope, 'Function', {
      functionName,
      description: description.comment,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: architecture.lambda,
      handler: 'bootstrap',
      code: bootstrap(lambdaFolder, description.name, architecture, configuration),
      timeout: Duration.seconds(description.timeout_seconds),
      memorySize: description.memory_mib,
      environment: variables(description, system, environment),
      role,
      logGroup,
      tracing: traced ? Tracing.ACTIVE : Tracing.DISABLED,
    });
  }
}
