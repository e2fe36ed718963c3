import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

import { UserError } from './user-error.ts';

/** How careful an environment is with what it holds. */
interface Care {
  readonly logRetention: RetentionDays;
  /** What becomes of the ledger when its stack is destroyed. Users' documents are always kept. */
  readonly removalPolicy: RemovalPolicy;
  /** Whether stack and ledger refuse to be deleted. */
  readonly deletionProtection: boolean;
}

const ENVIRONMENTS: Readonly<Record<string, Care>> = {
  dev: { logRetention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY, deletionProtection: false },
  stg: { logRetention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY, deletionProtection: false },
  prod: { logRetention: RetentionDays.ONE_YEAR, removalPolicy: RemovalPolicy.RETAIN, deletionProtection: true },
};

/** The environment to deploy: `-c env=dev|stg|prod`. Any of them can live in one account, side by side. */
export class Environment {
  readonly name: string;
  readonly care: Care;

  /** @param node - the node whose context is read */
  constructor(private readonly node: Node) {
    this.name = String(node.tryGetContext('env') ?? 'dev');
    const care = ENVIRONMENTS[this.name];
    if (!care) {
      throw new UserError(
        `There is no environment \`${this.name}\`.`,
        `Choose one: ${Object.keys(ENVIRONMENTS).join(', ')}; such as \`-c env=prod\`.`,
      );
    }
    this.care = care;
  }

  /** The name of a resource in the account: the same in no two environments. */
  physicalName(name: string): string {
    return `${name}-${this.name}`;
  }

  /**
   * An option that the operator may set: `-c NAME=VALUE`, or for this environment alone in the context of cdk.json,
   * `"prod": { "NAME": "VALUE" }`, so that the next deployment can't forget it.
   */
  option(name: string): string | undefined {
    type Value = string | number | boolean | undefined;
    const own = this.node.tryGetContext(this.name) as Record<string, Value> | undefined;
    const value = (this.node.tryGetContext(name) as Value) ?? own?.[name];
    return value?.toString();
  }
}
