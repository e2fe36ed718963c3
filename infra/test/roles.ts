import { CfnElement, Stack } from 'aws-cdk-lib';
import { CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';

/** A role of the stack and what it may do, with readable names instead of ARNs: `<Storage/Bucket>/files/*`. */
export interface RoleOfStack {
  /** The path of its construct. */
  readonly path: string;
  readonly trusts: string;
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: unknown;
}

interface PolicyDocument {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource: unknown;
    readonly Condition?: unknown;
    readonly Principal?: { readonly Service: string };
  }[];
}

/** Every role of a stack, sorted, with the statements of the policies that are attached to it. */
export function roles(stack: Stack): RoleOfStack[] {
  const elements = stack.node.findAll();
  const paths = new Map(
    elements.filter((each) => CfnElement.isCfnElement(each)).map((each) => [idOf(each), pathOf(each)]),
  );
  const document = (value: unknown) => stack.resolve(value) as PolicyDocument;
  const policies = elements.filter((each) => each instanceof CfnPolicy);
  return elements
    .filter((each) => each instanceof CfnRole)
    .map((role) => {
      const attached = policies.filter((policy) =>
        (stack.resolve(policy.roles) as { Ref: string }[]).some(({ Ref }) => Ref === idOf(role)),
      );
      return {
        path: pathOf(role),
        trusts: document(role.assumeRolePolicyDocument)
          .Statement.map(({ Principal }) => Principal?.Service)
          .join(),
        statements: attached.flatMap((policy) => statements(document(policy.policyDocument), paths)).sort(byActions),
      };
    })
    .sort((one, other) => one.path.localeCompare(other.path));

  function idOf(element: CfnElement): string {
    return stack.resolve(element.logicalId) as string;
  }
}

/** A role as a reviewer reads it. */
export function roleText({ path, trusts, statements }: RoleOfStack): string {
  const lines = statements.flatMap(({ effect, actions, resources, condition }) => [
    `  ${effect.toLowerCase()} ${actions.join(', ')}`,
    ...resources.map((resource) => `    on ${resource}`),
    ...(condition === undefined ? [] : [`    if ${JSON.stringify(condition)}`]),
  ]);
  return [`${path}, for ${trusts}`, ...lines, ''].join('\n');
}

function statements(policy: PolicyDocument, paths: ReadonlyMap<string, string>): Statement[] {
  return policy.Statement.map(({ Effect, Action, Resource, Condition }) => ({
    effect: Effect,
    actions: [Action].flat().sort(),
    resources: [Resource]
      .flat()
      .map((resource) => readable(resource, paths))
      .sort(),
    condition: Condition,
  }));
}

function byActions(one: Statement, other: Statement): number {
  return JSON.stringify(one).localeCompare(JSON.stringify(other));
}

/** The path of a construct below the stack, without the last part that all L2 constructs have. */
function pathOf(element: CfnElement): string {
  return element.node.path
    .split('/')
    .slice(1)
    .join('/')
    .replace(/\/Resource$/, '');
}

function readable(value: unknown, paths: ReadonlyMap<string, string>): string {
  if (typeof value === 'string') {
    return value;
  }
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (join) {
    return (join as [string, unknown[]])[1].map((part) => readable(part, paths)).join('');
  }
  const id = attribute ? (attribute as [string, string])[0] : (ref as string);
  return id.startsWith('AWS::') ? '…' : `<${paths.get(id) ?? id}>`;
}
