import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

import { Code } from 'aws-cdk-lib/aws-lambda';

import type { Architecture } from './architecture.ts';
import { UserError } from './user-error.ts';

/** Where an ELF header says what machine it is for. */
const ELF_MACHINE = 18;

/**
 * The code of a function: its folder, as `cargo lambda build` leaves it, with the executable `bootstrap`.
 *
 * @param folder - the folder of all functions, such as target/lambda
 */
export function bootstrap(folder: string, functionName: string, architecture: Architecture): Code {
  const file = join(folder, functionName, 'bootstrap');
  const remedy = `Build the functions: \`cargo lambda build --release --package ackflow-aws ${architecture.buildOption}\` in the repository's root.`;
  if (!existsSync(file)) {
    throw new UserError(`The function ${functionName} is not built: there is no ${file}.`, remedy);
  }
  // The folder is the same for every architecture, and Lambda notices the wrong one only when the function runs.
  if (machineOf(file) !== architecture.elfMachine) {
    throw new UserError(`${file} is not an executable for ${architecture.name}.`, remedy);
  }
  return Code.fromAsset(join(folder, functionName));
}

function machineOf(file: string): number {
  const header = Buffer.alloc(ELF_MACHINE + 2);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, header);
  closeSync(descriptor);
  return header.readUInt16LE(ELF_MACHINE);
}
