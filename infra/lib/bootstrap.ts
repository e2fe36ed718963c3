import { closeSync, copyFileSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';

import type { Architecture } from './architecture.ts';
import { UserError } from './user-error.ts';

/** Where an ELF header says what machine it is for. */
const ELF_MACHINE = 18;

/**
 * The code of a function: its folder, as `cargo lambda build` leaves it, with the executable `bootstrap`; beside that the
 * configuration file, as `ackflow.toml`, if there is one.
 *
 * @param folder - the folder of all functions, such as target/lambda
 */
export function bootstrap(
  folder: string,
  functionName: string,
  architecture: Architecture,
  configuration?: string,
): AssetCode {
  const file = join(folder, functionName, 'bootstrap');
  const remedy = `Build the functions: \`cargo lambda build --release --package ackflow-functions ${architecture.buildOption}\` in the repository's root.`;
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new UserError(`The function ${functionName} is not built: there is no file ${file}.`, remedy);
  }
  // The folder is the same for every architecture, and Lambda notices the wrong one only when the function runs.
  if (machineOf(file) !== architecture.elfMachine) {
    throw new UserError(`${file} is not an executable for ${architecture.name}.`, remedy);
  }
  return configuration === undefined
    ? Code.fromAsset(join(folder, functionName))
    : configured(join(folder, functionName), configuration);
}

/** The two files put together on this machine, without Docker. */
function configured(folder: string, configuration: string): AssetCode {
  return Code.fromAsset(folder, {
    // Of what is put together: either file makes another version of the function.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Asked for, and used only where `local` says that it can't do it.
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle(output) {
          copyFileSync(join(folder, 'bootstrap'), join(output, 'bootstrap'));
          copyFileSync(configuration, join(output, 'ackflow.toml'));
          return true;
        },
      },
    },
  });
}

function machineOf(file: string): number {
  const header = Buffer.alloc(ELF_MACHINE + 2);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, header);
  closeSync(descriptor);
  return header.readUInt16LE(ELF_MACHINE);
}
