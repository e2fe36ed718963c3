import type { Environment } from './environment.ts';
import { UserError } from './user-error.ts';

/** Who is told of alarms: `-c alarmEmail=ADDRESS`. */
export function alarmEmail(environment: Environment): string | undefined {
  const address = environment.option('alarmEmail');
  if (address !== undefined && !/^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/.test(address)) {
    throw new UserError(
      `Alarms can't be mailed to \`${address}\`.`,
      'Give one address, such as `-c alarmEmail=operators@example.com`.',
    );
  }
  return address;
}
