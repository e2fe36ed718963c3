import { test } from 'vitest';

import { template } from './synthesized.ts';

test('A function with a schedule runs by it, and a run that can not start is a dead letter', () => {
  template().hasResourceProperties('AWS::Events::Rule', {
    Name: 'slack-redriver-dev',
    ScheduleExpression: 'rate(1 minute)',
    Targets: [{ RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: {} }],
  });
});
