/** An error that the operator can do something about. It is shown without a stack trace. */
export class UserError extends Error {
  /**
   * @param problem - what happened, to what
   * @param remedy - what to do about it
   */
  constructor(problem: string, remedy: string) {
    super(`${problem}\n${remedy}`);
    this.name = 'UserError';
  }
}

/** Runs a program, and shows the errors that the operator can do something about. */
export function run(program: () => void): void {
  try {
    program();
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
    console.error(error.message);
    process.exitCode = 1;
  }
}
