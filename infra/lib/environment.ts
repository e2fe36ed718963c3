import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

import { nearest } from './nearest.ts';
import { UserError } from './user-error.ts';

/** How careful an environment is with what it holds. */
interface Care {
  readonly logRetention: RetentionDays;
  /** What becomes of the ledger when its stack is destroyed. Users' documents are always kept. */
  readonly removalPolicy: RemovalPolicy;
  /** Whether stack and ledger refuse to be deleted. */
  readonly deletionProtection: boolean;
}

const ENVIRONMENTS: ReadonlyMap<string, Care> = new Map([
  ['dev', { logRetention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY, deletionProtection: false }],
  ['stg', { logRetention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY, deletionProtection: false }],
  ['prod', { logRetention: RetentionDays.ONE_YEAR, removalPolicy: RemovalPolicy.RETAIN, deletionProtection: true }],
]);

/** The value of an option, as the command line or cdk.json gives it. */
type Value = string | number | boolean | undefined;

/** The environment to deploy: `-c env=dev|stg|prod`. Any of them can live in one account, side by side. */
export class Environment {
  readonly name: string;
  readonly care: Care;

  /** @param node - the node whose context is read */
  constructor(private readonly node: Node) {
    this.name = String(node.tryGetContext('env') ?? 'dev');
    const care = ENVIRONMENTS.get(this.name);
    if (!care) {
      throw new UserError(
        `There is no environment \`${this.name}\`.`,
        `Choose one: ${[...ENVIRONMENTS.keys()].join(', ')}; such as \`-c env=prod\`.`,
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
   * `"prod": { "NAME": "VALUE" }`, so that the next deployment can't forget it. An empty one is refused: it is what a
   * shell makes of a variable that is not set.
   */
  option(name: string): string | undefined {
    const value = ((this.node.tryGetContext(name) as Value) ?? this.own()[name])?.toString();
    if (value?.trim() === '') {
      throw new UserError(`The option \`${name}\` is empty.`, 'Give it a value, or leave it out.');
    }
    return value;
  }

  /**
   * Refuses what would be passed over in silence: any other option of this environment's own, and any other one that is
   * nearly an option. What is left of the context is not ours: the CDK keeps its own things there.
   *
   * @param options - the names of all options
   */
  refuseOthers(options: readonly string[]): void {
    const known = ['env', ...ENVIRONMENTS.keys(), ...options];
    const context = Object.keys(this.node.getAllContext() as object).filter((name) => !known.includes(name));
    const misspelt = context.find((name) => nearest(name, known) !== undefined);
    const unknown = misspelt ?? Object.keys(this.own()).find((name) => !options.includes(name));
    if (unknown !== undefined) {
      const meant = nearest(unknown, misspelt === undefined ? options : known);
      throw new UserError(
        `There is no option \`${unknown}\`.`,
        meant === undefined ? `Choose of these: ${options.join(', ')}.` : `Did you mean \`${meant}\`?`,
      );
    }
  }

  /** What cdk.json says for this environment alone. */
  private own(): Readonly<Record<string, Value>> {
    const own: unknown = this.node.tryGetContext(this.name) ?? {};
    if (typeof own !== 'object' || Array.isArray(own)) {
      throw new UserError(
        `The context \`${this.name}\` holds no options.`,
        `Write them into cdk.json as "${this.name}": { "NAME": "VALUE" }.`,
      );
    }
    return own as Record<string, Value>;
  }
}
