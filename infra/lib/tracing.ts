import type { Environment } from './environment.ts';
import { UserError } from './user-error.ts';

/** Whether functions and state machines send traces to X-Ray: `-c tracing=on|off`. */
export function tracing(environment: Environment): boolean {
  const value = environment.option('tracing') ?? 'on';
  if (value !== 'on' && value !== 'off') {
    throw new UserError(`Tracing can't be \`${value}\`.`, 'Choose one: on, off; such as `-c tracing=off`.');
  }
  return value === 'on';
}
