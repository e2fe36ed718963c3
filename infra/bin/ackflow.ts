import { join } from 'node:path';

import { AckflowApp } from '../lib/ackflow-app.ts';
import { readDescription } from '../lib/description.ts';
import { UserError } from '../lib/user-error.ts';

const target = join(import.meta.dirname, '../../target');
try {
  new AckflowApp({
    description: readDescription(process.env['ACKFLOW_SYNTH'] ?? join(target, 'synth.json')),
    lambdaFolder: process.env['ACKFLOW_LAMBDA'] ?? join(target, 'lambda'),
  }).synth();
} catch (error) {
  if (!(error instanceof UserError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
}
