import type { DeployTargets } from './description.ts';
import type { Notices } from './notices.ts';
import type { Storage } from './storage.ts';

/** What functions can be told of and be given access to. */
export interface System {
  readonly storage: Storage;
  readonly notices: Notices;
  /** The ARN of each flow's state machine by the flow's name. */
  readonly stateMachineArns: Readonly<Record<string, string>>;
  /** The ARNs of those that hand out task tokens, and wait until one is given back. */
  readonly waitingMachineArns: readonly string[];
  readonly deployTargets: DeployTargets;
}
