import { App, Validations } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { AwsSolutionsChecks } from 'cdk-nag';

import { AckflowStack } from './ackflow-stack.ts';
import { architecture } from './architecture.ts';
import { configurationFile } from './configuration.ts';
import type { Description } from './description.ts';
import { Environment } from './environment.ts';
import { operatorVariables } from './variables.ts';

/** The options that are no variables of functions. */
const OPTIONS = ['alarmEmail', 'arch', 'config', 'tracing'];

export interface AckflowAppProps {
  readonly description: Description;
  /** The folder of the compiled functions. */
  readonly lambdaFolder: string;
  /** Context beside that of the command line and cdk.json, which comes first. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** The CDK app: one environment, held against the rules of AwsSolutions whenever it is synthesized. */
export class AckflowApp extends App {
  readonly stack: AckflowStack;

  constructor({ description, lambdaFolder, context }: AckflowAppProps) {
    // The flags of this very version of the library. An upgrade that changes one shows in the template's snapshot.
    super({ context: { ...recommendedFlags, ...context } });
    const environment = new Environment(this.node);
    environment.refuseOthers([...OPTIONS, ...operatorVariables(description.functions)]);
    this.stack = new AckflowStack(this, `ackflow-${environment.name}`, {
      description,
      environment,
      architecture: architecture(environment),
      lambdaFolder,
      configuration: configurationFile(environment),
    });
    Validations.of(this).addPlugins(new AwsSolutionsChecks(this));
  }
}
