import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { deploying } from './description.ts';
import { app } from './synthesized.ts';

interface Finding {
  readonly id: string;
  readonly path: string;
}

function findings(context: Readonly<Record<string, unknown>>): Finding[] {
  const checked = app(context, deploying());
  return new AwsSolutionsChecks(checked)
    .validateScope(checked)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ id: ruleName, path: constructPath ?? '' })),
    );
}

afterEach(() => vi.restoreAllMocks());

describe('The rules of AwsSolutions', () => {
  test.each(['dev', 'stg', 'prod'])('find nothing in %s that is not acknowledged', (env) => {
    expect(findings({ env })).toEqual([]);
  });

  test.each(['on', 'off'])('find everything that is acknowledged, once it is not; with tracing %s', (tracing) => {
    const acknowledged: Finding[] = [];
    vi.spyOn(Validations.prototype, 'acknowledge').mockImplementation(function (this: Validations, ...rules) {
      const { path } = (this as unknown as { scope: IConstruct }).scope.node;
      acknowledged.push(...rules.map(({ id }) => ({ id, path })));
    });
    const found = findings({ tracing });
    const suppresses = (acknowledgement: Finding, finding: Finding) =>
      acknowledgement.id === finding.id && `${finding.path}/`.startsWith(`${acknowledgement.path}/`);
    expect(acknowledged.filter((each) => !found.some((finding) => suppresses(each, finding)))).toEqual([]);
    expect(found.filter((each) => !acknowledged.some((one) => suppresses(one, each)))).toEqual([]);
    expect(found).not.toEqual([]);
  });
});
