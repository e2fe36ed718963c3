import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** What the handlers count, as they write it to their logs. */
export type HandlerMetric =
  'Acks' | 'Duplicates' | 'RefusedSignatures' | 'AckLatency' | 'BytesStored' | 'NoticesPosted';

/**
 * A metric of a handler's own, as opposed to those that AWS keeps of its function. Its dimension is the function's name
 * in the account (`AWS_LAMBDA_FUNCTION_NAME`), so that environments are told apart.
 */
export function handlerMetric(metricName: HandlerMetric, handler: IFunction, statistic = 'Sum'): Metric {
  return new Metric({
    namespace: 'Ackflow',
    metricName,
    dimensionsMap: { Function: handler.functionName },
    statistic,
  });
}
