import { Architecture as LambdaArchitecture } from 'aws-cdk-lib/aws-lambda';

import type { Environment } from './environment.ts';
import { UserError } from './user-error.ts';

/** A processor that the functions run on. */
export interface Architecture {
  readonly name: string;
  readonly lambda: LambdaArchitecture;
  /** The option of `cargo lambda build`. */
  readonly buildOption: string;
  /** What an ELF file says of its machine. Source: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html> */
  readonly elfMachine: number;
}

const ARCHITECTURES: readonly Architecture[] = [
  { name: 'arm64', lambda: LambdaArchitecture.ARM_64, buildOption: '--arm64', elfMachine: 183 },
  { name: 'x86_64', lambda: LambdaArchitecture.X86_64, buildOption: '--x86-64', elfMachine: 62 },
];

/** The architecture to deploy: `-c arch=arm64|x86_64`. Lambda's arm64 costs a fifth less. */
export function architecture(environment: Environment): Architecture {
  const name = environment.option('arch') ?? 'arm64';
  const found = ARCHITECTURES.find((each) => each.name === name);
  if (!found) {
    throw new UserError(
      `There is no architecture \`${name}\`.`,
      `Choose one: ${ARCHITECTURES.map((each) => each.name).join(', ')}; such as \`-c arch=x86_64\`.`,
    );
  }
  return found;
}
