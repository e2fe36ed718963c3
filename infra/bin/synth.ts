import { spawnSync } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';

import { configurationFile } from '../lib/configuration.ts';
import { Environment } from '../lib/environment.ts';
import { run, UserError } from '../lib/user-error.ts';

const root = join(import.meta.dirname, '../..');

// Writes what `ackflow synth` prints to where bin/ackflow.ts reads it.
run(() => {
  // An app for the sake of its context: `cdk` hands the options to every program that it runs.
  const configuration = configurationFile(new Environment(new App({ autoSynth: false }).node));
  const options = configuration === undefined ? [] : ['--config', configuration];
  mkdirSync(join(root, 'target'), { recursive: true });
  const { status, error } = spawnSync('cargo', ['run', '--quiet', '--', 'synth', ...options], {
    cwd: root,
    stdio: ['ignore', openSync(join(root, 'target/synth.json'), 'w'), 'inherit'],
  });
  if (status !== 0) {
    const problem = error === undefined ? 'what it printed says why' : error.message;
    throw new UserError(
      `\`ackflow synth\` fails: ${problem}.`,
      'It needs a Rust toolchain, and a configuration file that is in order.',
    );
  }
});
