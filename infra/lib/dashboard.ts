import { Dashboard as CloudWatchDashboard, GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import type { TriggerKind } from './description.ts';
import type { DeployedFunction } from './functions.ts';
import { handlerMetric } from './handler-metric.ts';
import type { ObservabilityProps } from './observability.ts';

/** The dashboard: Slack's requests at the top, the flows, the messages in the thread, what all of it runs on. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const { environment, api, functions, machines, notices, deadLetters } = props;
    const of = (kind: TriggerKind, metric: (lambda: IFunction) => IMetric): IMetric[] =>
      functions.triggeredBy(kind).map(({ lambda }) => metric(lambda));
    const all = functions.all.map(({ description, lambda }) => ({ label: description.name, lambda }));
    const flows = [...machines].map(([label, machine]) => ({ label, machine }));

    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: environment.physicalName('ackflow'),
      widgets: [
        [
          graph('Events', [
            ...of('http_post', (lambda) => handlerMetric('Acks', lambda)),
            ...of('http_post', (lambda) => handlerMetric('Duplicates', lambda)),
            ...of('http_post', (lambda) => handlerMetric('RefusedSignatures', lambda)),
            api.metricServerError({ label: '5xx', statistic: Stats.SUM }),
          ]),
          graph('Acknowledgement, ms', [
            api.metricLatency({ label: 'p50', statistic: Stats.p(50) }),
            api.metricLatency({ label: 'p99', statistic: Stats.p(99) }),
            ...of('http_post', (lambda) => handlerMetric('AckLatency', lambda, Stats.p(99))),
          ]),
        ],
        [
          graph(
            'Executions started',
            flows.map(({ label, machine }) => machine.metricStarted({ label })),
          ),
          graph('Executions failed or timed out', [
            ...flows.map(({ label, machine }) => machine.metricFailed({ label })),
            ...flows.map(({ label, machine }) => machine.metricTimedOut({ label: `${label}, timed out` })),
          ]),
        ],
        [
          graph(
            'Bytes stored',
            functions.all.filter(storesFiles).map(({ lambda }) => handlerMetric('BytesStored', lambda)),
          ),
          graph('Notices', [
            ...of('notices_queue', (lambda) => handlerMetric('NoticesPosted', lambda)),
            notices.metricApproximateNumberOfMessagesVisible({ label: 'waiting', statistic: Stats.MAXIMUM }),
            notices.metricApproximateAgeOfOldestMessage({ label: 'oldest, s', statistic: Stats.MAXIMUM }),
            ...[...deadLetters].map(([name, queue]) =>
              queue.metricApproximateNumberOfMessagesVisible({ label: `${name}, dead`, statistic: Stats.MAXIMUM }),
            ),
          ]),
        ],
        [
          graph(
            'Duration p99, ms',
            all.map(({ label, lambda }) => lambda.metricDuration({ label, statistic: Stats.p(99) })),
          ),
          graph('Errors and throttles', [
            ...all.map(({ label, lambda }) => lambda.metricErrors({ label })),
            ...all.map(({ label, lambda }) => lambda.metricThrottles({ label: `${label}, throttled` })),
          ]),
        ],
      ],
    });
  }
}

/** Whether a function stores the files that people post. */
function storesFiles({ description: { grants } }: DeployedFunction): boolean {
  return grants.some(
    ({ resource }) => typeof resource === 'object' && 'objects' in resource && resource.objects === 'files/',
  );
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 12 });
}
