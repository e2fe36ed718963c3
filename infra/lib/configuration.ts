import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Environment } from './environment.ts';
import { UserError } from './user-error.ts';

const INFRA = join(import.meta.dirname, '..');

/**
 * The configuration file to deploy: `-c config=PATH`. Without the option, `ackflow.toml` in the repository's root; if
 * that is not there either, none.
 *
 * @param folder - what a path is relative to: infra/, where `cdk` runs
 */
export function configurationFile(environment: Environment, folder = INFRA): string | undefined {
  const chosen = environment.option('config');
  const file = resolve(folder, chosen ?? '../ackflow.toml');
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) {
    return file;
  }
  if (found !== undefined || chosen !== undefined) {
    throw new UserError(
      found === undefined ? `There is no configuration file ${file}.` : `${file} is no file.`,
      'Say where it is, as seen from infra/; such as `-c config=../ackflow.toml`.',
    );
  }
  return undefined;
}
