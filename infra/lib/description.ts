import { readFileSync } from 'node:fs';

import { UserError } from './user-error.ts';

/** What `ackflow synth` prints, as far as the deployment reads it. Its source is `workflow/flows/src/synth.rs`. */
export interface Description {
  readonly version: 1;
  readonly flows: readonly Flow[];
  readonly substitutions: Substitutions;
  readonly functions: readonly FunctionDescription[];
  readonly ledger: LedgerTable;
  readonly deploy_targets: DeployTargets;
}

/** A flow, as Step Functions runs it. */
export interface Flow {
  readonly name: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  /** The States Language document. It names functions and topics as `${Name}`. */
  readonly definition: object;
}

/** What stands behind the `${Name}`s of the definitions. */
export interface Substitutions {
  readonly topics: readonly string[];
  /** The function of each step. */
  readonly functions: Readonly<Record<string, string>>;
}

/** One Lambda function. */
export interface FunctionDescription {
  readonly name: string;
  readonly trigger: Trigger;
  readonly comment: string;
  readonly timeout_seconds: number;
  readonly memory_mib: number;
  readonly environment: readonly EnvironmentVariable[];
  readonly grants: readonly Grant[];
}

/** What runs a function: a request to one of these paths, a Task state, a message of the notices' queue, time. */
export type Trigger =
  | { readonly http_post: readonly string[] }
  | { readonly step: string }
  | 'notices_queue'
  | { readonly every_minutes: number };

export type TriggerKind = 'http_post' | 'step' | 'notices_queue' | 'every_minutes';

/** A variable that a function reads. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly holds: string;
  /** The operator may set it. What is not optional follows from the deployment itself. */
  readonly optional: boolean;
  /** What the operator may set it to, as a regular expression. */
  readonly pattern?: string;
}

/** What a function may do. */
export interface Grant {
  /** `objects` are those of the bucket whose key begins so, `state_machines` those of these flows. */
  readonly resource: string | { readonly objects: string } | { readonly state_machines: readonly string[] };
  readonly actions: readonly string[];
}

/** Keys, time to live and index of the ledger's table. */
export interface LedgerTable {
  readonly partition_key: string;
  readonly time_to_live: string;
  readonly pending_index: { readonly name: string; readonly partition_key: string; readonly sort_key: string };
}

/** What services are deployed by, as far as it is in AWS. */
export interface DeployTargets {
  /** Names of projects in the account and region of the stack. */
  readonly codebuild_projects: readonly string[];
  /** ARNs. */
  readonly state_machines: readonly string[];
}

const VERSION = 1;

/** Reads the description from a file. */
export function readDescription(file: string): Description {
  const description = parse(file);
  if (description.version !== VERSION) {
    throw new UserError(
      `${file} is of version ${String(description.version)}; this deployment reads version ${VERSION}.`,
      'Take the program `ackflow` and the folder infra/ from the same commit.',
    );
  }
  return description as Description;
}

function parse(file: string): { version?: unknown } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
  } catch (error) {
    throw new UserError(
      `The description of the system can't be read: ${error instanceof Error ? error.message : String(error)}`,
      `Write it with \`cargo run --quiet -- synth > ${file}\` in the repository's root.`,
    );
  }
}
