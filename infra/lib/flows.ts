import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import type { Flow, Substitutions } from './description.ts';
import type { Environment } from './environment.ts';
import type { Functions } from './functions.ts';
import { tracing } from './tracing.ts';
import { UserError } from './user-error.ts';

export interface FlowsProps {
  readonly environment: Environment;
  readonly flows: readonly Flow[];
  readonly substitutions: Substitutions;
  readonly functions: Functions;
  /** Stands behind every topic that the definitions name. */
  readonly topic: ITopic;
}

/** What stands behind a `${Name}`, and the right that a machine which names it needs. */
interface Substitution {
  readonly arn: string;
  readonly action: string;
}

/** The state machines of the flows: the very documents that the local engine runs, with ARNs for their `${Name}`s. */
export class Flows extends Construct {
  /** By the flow's name. */
  readonly machines: ReadonlyMap<string, StateMachine>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: FlowsProps,
  ) {
    super(scope, id);
    this.machines = new Map(props.flows.map((flow) => [flow.name, this.stateMachine(flow)]));
  }

  private stateMachine({ name, type, definition }: Flow): StateMachine {
    const { environment } = this.props;
    const statements: PolicyStatement[] = [];
    // `DefinitionSubstitutions` would do the same in CloudFormation; AWS's stand-ins don't know it.
    const document = JSON.stringify(definition).replaceAll(/\$\{(\w+)\}/g, (_, placeholder: string) => {
      const { arn, action } = this.substitution(placeholder, name);
      statements.push(new PolicyStatement({ actions: [action], resources: [arn] }));
      return arn;
    });
    const stateMachineName = environment.physicalName(name);
    const traced = tracing(environment);
    const scope = new Construct(this, name);
    const machine = new StateMachine(scope, 'Machine', {
      stateMachineName,
      stateMachineType: StateMachineType[type],
      definitionBody: DefinitionBody.fromString(document),
      tracingEnabled: traced,
      logs: {
        destination: new LogGroup(scope, 'Logs', {
          // Log groups of this prefix don't use up the size limit of the account's resource policy.
          // Source: <https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html>
          logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
          retention: environment.care.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        // All, as Express machines keep no history of their own, and that of Standard ones is gone after 90 days. It
        // costs a few percent of what the transitions cost.
        level: LogLevel.ALL,
        // What people write and how they name their files stays out of the logs.
        includeExecutionData: false,
      },
    });
    statements.forEach((statement) => {
      machine.addToRolePolicy(statement);
    });
    Validations.of(machine.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: traced
        ? 'The delivery of logs and the traces of X-Ray, whose actions know no resources.'
        : 'The delivery of logs, whose actions know no resources.',
    });
    if (!traced) {
      Validations.of(machine).acknowledge({
        id: 'AwsSolutions-SF2',
        reason: 'The operator chose to have no traces. The log has the begin and the end of every state.',
      });
    }
    return machine;
  }

  private substitution(placeholder: string, flow: string): Substitution {
    const { substitutions, functions, topic } = this.props;
    const functionName = substitutions.functions[placeholder];
    if (functionName !== undefined) {
      return { arn: functions.get(functionName).functionArn, action: 'lambda:InvokeFunction' };
    }
    if (substitutions.topics.includes(placeholder)) {
      return { arn: topic.topicArn, action: 'sns:Publish' };
    }
    throw new UserError(
      `The flow ${flow} names \${${placeholder}}, which is neither a function nor a topic of the description.`,
      'Add it to the substitutions in workflow/flows/src/synth.rs.',
    );
  }
}
