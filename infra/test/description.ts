import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DeployTargets, Description, Flow } from '../lib/description.ts';

const SNAPSHOTS = join(import.meta.dirname, '../../snapshots');

/** Services to deploy, which the system's own description has none of: they are a matter of configuration. */
export const DEPLOY_TARGETS: DeployTargets = {
  codebuild_projects: ['web', 'api'],
  state_machines: [
    'arn:aws:states:eu-central-1:123456789012:stateMachine:release',
    'arn:aws:states:eu-central-1:123456789012:stateMachine:rollout:live',
  ],
};

/** The system with services to deploy. */
export function deploying(): Description {
  return { ...description(), deploy_targets: DEPLOY_TARGETS };
}

/**
 * The description of the system, put together from the snapshots of what `ackflow synth` prints. So the tests need no
 * Rust, and there is no second copy that could grow old.
 */
export function description(): Description {
  const synth = snapshot('synth/synth') as Description;
  return { ...synth, flows: synth.flows.map((flow) => ({ ...flow, definition: definition(flow) })) };
}

/** The snapshot of the description stands for a definition with the name of its own snapshot. */
function definition({ name }: Flow): object {
  return snapshot(`state-machines/${name}`) as object;
}

function snapshot(name: string): unknown {
  const [, , json] = readFileSync(join(SNAPSHOTS, `${name}.snap`), 'utf8').split(/^---\n/m);
  return JSON.parse(json ?? '');
}
