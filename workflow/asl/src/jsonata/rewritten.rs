//! What an expression is turned into before it is evaluated, so that bounds hold where `jsonata-core` has none.

use std::{iter, mem};

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    value::with_stack,
};

use super::bounded::{SEARCHES, bounded};

/// Functions of our own. No expression can name them: a name has no space.
pub(super) const CONCATENATE: &str = "concatenation of texts";
/// See [`CONCATENATE`].
pub(super) const CONTEXT: &str = "context of a call";
/// See [`CONCATENATE`].
pub(super) const PART: &str = "part of an array";
/// See [`CONCATENATE`].
pub(super) const REPLACEMENT: &str = "check of a replacement";
/// See [`CONCATENATE`].
pub(super) const SEARCHABLE: &str = "text to search";

/// Turns an expression into one that means the same, within bounds. Tells whether it calls a function of ours now.
pub(super) fn rewrite(node: &mut AstNode) -> bool {
    with_stack(|| {
        unpipe(node);
        let mut is_rewritten = false;
        for_each_child(node, &mut |child: &mut AstNode| is_rewritten |= rewrite(child));
        is_rewritten | rewrite_one(node)
    })
}

/// `a ~> $f(b)` is `$f(a, b)`.
pub(super) fn unpipe(node: &mut AstNode) {
    if let AstNode::Binary { op: BinaryOp::ChainPipe, lhs, rhs } = node
        && let Some(args) = arguments_of(rhs)
    {
        args.insert(0, take(lhs));
        let call = take(rhs);
        *node = call;
    }
}

/// The arguments of a call, which may have filters after it. A call with placeholders gives a function.
fn arguments_of(node: &mut AstNode) -> Option<&mut Vec<AstNode>> {
    match node {
        AstNode::Function { args, is_builtin: true, .. } if !args.contains(&AstNode::Placeholder) => {
            Some(args)
        }
        AstNode::Path { steps } => match &mut **steps {
            [step] => arguments_of(&mut step.node),
            _ => None,
        },
        _ => None,
    }
}

fn rewrite_one(node: &mut AstNode) -> bool {
    match node {
        AstNode::Binary { op: BinaryOp::Concatenate, lhs, rhs } => {
            let operands = vec![take(lhs), take(rhs)];
            *node = call(CONCATENATE, operands);
            true
        }
        AstNode::Array(items) => {
            let mut is_rewritten = false;
            for item in items.iter_mut().filter(|item| may_hold_items(item)) {
                wrap(PART, item);
                is_rewritten = true;
            }
            is_rewritten
        }
        AstNode::Path { steps } => {
            steps.iter_mut().skip(1).for_each(|step| apply_block(&mut step.node));
            false
        }
        AstNode::Variable(name) => bounded(name).is_some(),
        AstNode::Function { name, args, is_builtin: true } => match bounded(name) {
            Some(search_function) if SEARCHES.contains(&search_function) => {
                *node = search(search_function, mem::take(args));
                true
            }
            Some(_) => {
                args.push(call(CONTEXT, vec![AstNode::variable("")]));
                true
            }
            None => false,
        },
        _ => false,
    }
}

/// A call of one of [`SEARCHES`] within bounds. Where arguments are missing, a function that takes these.
pub(super) fn search(function: &str, args: Vec<AstNode>) -> AstNode {
    if !args.contains(&AstNode::Placeholder) {
        return if function == "replace" { checked_replace(args) } else { checked_match(args) };
    }
    let (mut statements, mut params, mut operands) = (Vec::new(), Vec::new(), Vec::new());
    for (at, arg) in args.into_iter().enumerate() {
        let name = format!("given {at}");
        operands.push(AstNode::variable(name.as_str()));
        match arg {
            AstNode::Placeholder => params.push(name),
            arg => statements.push(bind(name, arg)),
        }
    }
    let body = Box::new(search(function, operands));
    statements.push(AstNode::Lambda { params, body, signature: None, thunk: false });
    AstNode::Block(statements)
}

/// It stays a call, since `[]` after one keeps an array that it does not keep after a block.
fn checked_match(mut args: Vec<AstNode>) -> AstNode {
    if let Some(first) = args.first_mut() {
        *first = call(SEARCHABLE, vec![AstNode::variable(""), take(first)]);
    }
    call("match", args)
}

fn checked_replace(args: Vec<AstNode>) -> AstNode {
    let names: Vec<String> = (0..args.len()).map(|at| format!("operand {at}")).collect();
    let operands: Vec<AstNode> = names.iter().map(AstNode::variable).collect();
    let mut statements: Vec<AstNode> =
        names.into_iter().zip(args).map(|(name, arg)| bind(name, arg)).collect();
    let checked = iter::once(AstNode::variable("")).chain(operands.iter().cloned()).collect();
    statements.push(call(REPLACEMENT, checked));
    statements.push(call("replace", operands));
    AstNode::Block(statements)
}

/// `$name := value`
pub(super) fn bind(name: String, value: AstNode) -> AstNode {
    let (lhs, rhs) = (Box::new(AstNode::Variable(name)), Box::new(value));
    AstNode::Binary { op: BinaryOp::ColonEqual, lhs, rhs }
}

/// Has a step's block see what the step is applied to. It is one of ours: one that was written is within an application.
pub(super) fn apply_block(step: &mut AstNode) {
    if matches!(step, AstNode::Block(_)) {
        *step = AstNode::FunctionApplication(Box::new(take(step)));
    }
}

/// Whether what a node gives may be an array, the items of which become those of the array around it.
fn may_hold_items(node: &AstNode) -> bool {
    matches!(
        node,
        AstNode::Variable(_)
            | AstNode::Function { .. }
            | AstNode::Call { .. }
            | AstNode::Conditional { .. }
            | AstNode::Block(_)
    )
}

fn wrap(name: &str, node: &mut AstNode) {
    *node = call(name, vec![take(node)]);
}

pub(super) fn call(name: &str, args: Vec<AstNode>) -> AstNode {
    AstNode::Function { name: name.to_owned(), args, is_builtin: true }
}

pub(super) fn take(node: &mut AstNode) -> AstNode {
    mem::replace(node, AstNode::Undefined)
}

/// Visits what is right below a node.
pub(super) fn for_each_child(node: &mut AstNode, visit: &mut impl FnMut(&mut AstNode)) {
    match node {
        AstNode::Path { steps } => steps.iter_mut().for_each(|step| in_step(step, visit)),
        AstNode::Binary { lhs, rhs, .. } => [lhs, rhs].into_iter().for_each(|side| visit(side)),
        AstNode::Unary { operand: inner, .. }
        | AstNode::FunctionApplication(inner)
        | AstNode::Lambda { body: inner, .. } => visit(inner),
        AstNode::Function { args, .. } => args.iter_mut().for_each(visit),
        AstNode::Call { procedure, args } => {
            visit(procedure);
            args.iter_mut().for_each(visit);
        }
        AstNode::Array(items) | AstNode::ArrayGroup(items) | AstNode::Block(items) => {
            items.iter_mut().for_each(visit);
        }
        AstNode::Object(pairs) => in_pairs(pairs, visit),
        AstNode::ObjectTransform { input, pattern } => {
            visit(input);
            in_pairs(pattern, visit);
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            visit(condition);
            visit(then_branch);
            if let Some(branch) = else_branch {
                visit(branch);
            }
        }
        AstNode::Sort { input, terms } => {
            visit(input);
            for (term, _) in terms {
                visit(term);
            }
        }
        AstNode::Transform { location, update, delete } => {
            visit(location);
            visit(update);
            if let Some(delete) = delete {
                visit(delete);
            }
        }
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => {}
    }
}

fn in_step(step: &mut PathStep, visit: &mut impl FnMut(&mut AstNode)) {
    visit(&mut step.node);
    for stage in &mut step.stages {
        if let Stage::Filter(filter) = stage {
            visit(filter);
        }
    }
}

fn in_pairs(pairs: &mut [(AstNode, AstNode)], visit: &mut impl FnMut(&mut AstNode)) {
    for (name, value) in pairs {
        visit(name);
        visit(value);
    }
}
