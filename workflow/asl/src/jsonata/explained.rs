//! What an expression is turned into once it has failed, to say why as the reference does: `jsonata-core` has its
//! codes, but not always the names and the values that its messages hold.

use std::collections::HashSet;

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, UnaryOp},
    evaluator::{EvaluatorError, HostFnResult},
    value::{JValue, with_stack},
};

use super::{
    functions::failed,
    message::shown,
    rewritten::{self, apply_block, for_each_child, take, unpipe},
    signature,
};

/// The function that checks operands: what they are those of, the name that is called, the context, and they
/// themselves. No expression can name it: a name has no space.
pub(super) const CHECK: &str = "check of operands";

/// What stands before the operands of [`CHECK`] where they are not a function's.
const NEGATED: &str = "-";
/// See [`NEGATED`].
const SORTED: &str = "^";
/// See [`NEGATED`].
const UPDATED: &str = "|update|";
/// See [`NEGATED`].
const DELETED: &str = "|delete|";

/// Puts a check before all that may fail because of its operands. `own` are the names that the expression binds
/// itself.
pub(super) fn explain(node: &mut AstNode, own: &HashSet<String>) {
    with_stack(|| {
        unpipe(node);
        for_each_child(node, &mut |child: &mut AstNode| explain(child, own));
        explain_one(node, own);
    });
}

fn explain_one(node: &mut AstNode, own: &HashSet<String>) {
    let is_built_in = |name: &str| !own.contains(name) && signature::arity(name).is_some();
    let mut statements = match node {
        AstNode::Unary { op: UnaryOp::Negate, operand } => return pass_through(NEGATED, operand),
        AstNode::Transform { update, delete, .. } => {
            pass_through(UPDATED, update);
            return delete.iter_mut().for_each(|delete| pass_through(DELETED, delete));
        }
        AstNode::Path { steps } => {
            return steps.iter_mut().skip(1).for_each(|step| apply_block(&mut step.node));
        }
        AstNode::Sort { input, terms } => {
            let (mut statements, items) = bind(vec![&mut **input]);
            let keys = terms.iter().map(|(term, _)| key_of_each(&items[0], term)).collect();
            statements.push(check_call(SORTED, AstNode::Undefined, AstNode::Null, keys));
            statements
        }
        AstNode::Binary { op: BinaryOp::ChainPipe, lhs, rhs } => match &**rhs {
            AstNode::Variable(name) if is_built_in(name) => {
                checked(name, AstNode::Undefined, AstNode::Null, vec![&mut **lhs])
            }
            _ => return,
        },
        AstNode::Binary { op, lhs, rhs } => match comparison(*op) {
            Some(operator) => {
                checked(operator, AstNode::Undefined, AstNode::Null, vec![&mut **lhs, &mut **rhs])
            }
            None => return,
        },
        AstNode::Function { name, args, is_builtin: true }
            if is_built_in(name.as_str()) && !args.contains(&AstNode::Placeholder) =>
        {
            for arg in &mut *args {
                if let AstNode::Variable(callback) = arg
                    && is_built_in(callback)
                {
                    *arg = callback_of(name, callback);
                }
            }
            let called = AstNode::String(name.clone());
            checked(name, called, AstNode::variable(""), args.iter_mut().collect())
        }
        _ => return,
    };
    statements.push(take(node));
    *node = AstNode::Block(statements);
}

/// Binds operands to variables, checks them, and leaves the variables in their place.
fn checked(what: &str, called: AstNode, context: AstNode, operands: Vec<&mut AstNode>) -> Vec<AstNode> {
    let (mut statements, variables) = bind(operands);
    statements.push(check_call(what, called, context, variables));
    statements
}

/// Binds operands to variables. The variables take their place, and are returned.
fn bind(operands: Vec<&mut AstNode>) -> (Vec<AstNode>, Vec<AstNode>) {
    let bind = |(at, operand): (usize, &mut AstNode)| {
        let name = format!("checked {at}");
        let variable = AstNode::variable(name.as_str());
        let value = std::mem::replace(operand, variable.clone());
        (rewritten::bind(name, value), variable)
    };
    operands.into_iter().enumerate().map(bind).unzip()
}

/// A built-in function that another one calls.
fn callback_of(caller: &str, name: &str) -> AstNode {
    let params: Vec<String> =
        (0..signature::arity(name).unwrap_or_default()).map(|at| format!("argument {at}")).collect();
    let args: Vec<AstNode> = params.iter().map(AstNode::variable).collect();
    let check = check_call(name, AstNode::String(caller.to_owned()), AstNode::Null, args.clone());
    let call = rewritten::call(name, args);
    AstNode::Lambda {
        params,
        body: Box::new(AstNode::Block(vec![check, call])),
        signature: None,
        thunk: false,
    }
}

/// By what a term sorts each of the items.
fn key_of_each(items: &AstNode, term: &AstNode) -> AstNode {
    let key = AstNode::ArrayGroup(vec![term.clone()]);
    AstNode::Path { steps: vec![PathStep::new(items.clone()), PathStep::new(key)] }
}

fn pass_through(what: &str, operand: &mut AstNode) {
    *operand = check_call(what, AstNode::Undefined, AstNode::Null, vec![take(operand)]);
}

fn check_call(what: &str, called: AstNode, context: AstNode, operands: Vec<AstNode>) -> AstNode {
    let args = [AstNode::String(what.to_owned()), called, context].into_iter().chain(operands).collect();
    rewritten::call(CHECK, args)
}

fn comparison(operator: BinaryOp) -> Option<&'static str> {
    match operator {
        BinaryOp::LessThan => Some("<"),
        BinaryOp::LessThanOrEqual => Some("<="),
        BinaryOp::GreaterThan => Some(">"),
        BinaryOp::GreaterThanOrEqual => Some(">="),
        _ => None,
    }
}

/// [`CHECK`]: gives the first operand, where nothing is wrong.
pub(super) fn check(given: &[JValue]) -> HostFnResult {
    let [JValue::String(what), called, context, operands @ ..] = given else { return Ok(JValue::Undefined) };
    let checked = match (&**what, operands) {
        (NEGATED, [value]) => check_negated(value),
        (UPDATED, [value]) => check_update(value),
        (DELETED, [value]) => check_deletion(value),
        (SORTED, keys) => keys.iter().try_for_each(check_keys),
        (operator @ ("<" | "<=" | ">" | ">="), [left, right]) => check_compared(operator, left, right),
        (function, arguments) => signature::check(function, &shown(called), arguments, context),
    };
    checked.map(|()| operands.first().cloned().unwrap_or(JValue::Undefined))
}

fn check_negated(value: &JValue) -> Result<(), EvaluatorError> {
    if value.is_undefined() || value.is_number() {
        return Ok(());
    }
    Err(failed(format!("D1002: Cannot negate a non-numeric value: {}", shown(value))))
}

fn check_update(value: &JValue) -> Result<(), EvaluatorError> {
    if value.is_undefined() || value.as_object().is_some() {
        return Ok(());
    }
    Err(failed(format!(
        "T2011: The insert/update clause of the transform expression must evaluate to an object: {}",
        shown(value)
    )))
}

fn check_deletion(value: &JValue) -> Result<(), EvaluatorError> {
    let names = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    if value.is_undefined() || names.iter().all(JValue::is_string) {
        return Ok(());
    }
    Err(failed(format!(
        "T2012: The delete clause of the transform expression must evaluate to a string or array of strings: {}",
        shown(value)
    )))
}

/// What two items next to each other are sorted by is of one type.
fn check_keys(keys: &JValue) -> Result<(), EvaluatorError> {
    let keys = keys.as_array().map_or(&[][..], Vec::as_slice).iter();
    let keys = keys.filter_map(|key| key.as_array().map_or(Some(key), |key| key.first()));
    let keys: Vec<_> = keys.filter(|key| key.is_string() || key.is_number()).collect();
    match keys.windows(2).find(|pair| pair[0].is_string() != pair[1].is_string()) {
        Some(pair) => Err(failed(format!(
            "T2007: Type mismatch when comparing values {} and {} in order-by clause",
            shown(pair[0]),
            shown(pair[1])
        ))),
        None => Ok(()),
    }
}

fn check_compared(operator: &str, left: &JValue, right: &JValue) -> Result<(), EvaluatorError> {
    let operands = [left, right];
    if operands.iter().any(|value| !value.is_undefined() && !value.is_string() && !value.is_number()) {
        return Err(failed(format!(
            "T2010: The expressions either side of operator \"{operator}\" must evaluate to numeric or string values"
        )));
    }
    if operands.iter().any(|value| value.is_undefined()) || left.is_string() == right.is_string() {
        return Ok(());
    }
    Err(failed(format!(
        "T2009: The values {} and {} either side of operator \"{operator}\" must be of the same data type",
        shown(left),
        shown(right)
    )))
}
