import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Template } from 'aws-cdk-lib/assertions';

import { AckflowApp } from '../lib/ackflow-app.ts';
import type { Description } from '../lib/description.ts';
import { description } from './description.ts';

type Context = Readonly<Record<string, unknown>>;

/** The first bytes of an executable for an architecture; Lambda's code needs no more to be packed. */
const EXECUTABLE = {
  arm64: Buffer.from('7f454c46020101000000000000000000' + '0200' + 'b700', 'hex'),
  x86_64: Buffer.from('7f454c46020101000000000000000000' + '0200' + '3e00', 'hex'),
};

/** A folder with every function, as if it had been built. */
export function lambdaFolder(architecture: keyof typeof EXECUTABLE): string {
  const folder = join(import.meta.dirname, '../node_modules/.cache/ackflow', architecture);
  for (const { name } of description().functions) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'bootstrap'), EXECUTABLE[architecture]);
  }
  return folder;
}

/** The app, not yet synthesized; of another description than the system's own, if one is given. */
export function app(context: Context = {}, of: Description = description()): AckflowApp {
  const architecture = context['arch'] === 'x86_64' ? 'x86_64' : 'arm64';
  return new AckflowApp({ description: of, lambdaFolder: lambdaFolder(architecture), context });
}

const templates = new Map<string, Template>();

/** The template of an environment. Each is synthesized once. */
export function template(context: Context = {}): Template {
  const key = JSON.stringify(context);
  const known = templates.get(key) ?? Template.fromStack(app(context).stack);
  templates.set(key, known);
  return known;
}
