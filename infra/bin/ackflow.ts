import { join } from 'node:path';

import { AckflowApp } from '../lib/ackflow-app.ts';
import { readDescription } from '../lib/description.ts';
import { run } from '../lib/user-error.ts';

const target = join(import.meta.dirname, '../../target');
run(() => {
  new AckflowApp({
    description: readDescription(process.env['ACKFLOW_SYNTH'] ?? join(target, 'synth.json')),
    lambdaFolder: process.env['ACKFLOW_LAMBDA'] ?? join(target, 'lambda'),
  }).synth();
});
