//! What an expression is turned into before it is evaluated, so that bounds hold where `jsonata-core` has none.

use std::{collections::HashSet, mem};

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    value::with_stack,
};

use super::bounded::BOUNDED;

/// Functions of our own. No expression can name them: a name has no space.
pub(super) const CONCATENATE: &str = "concatenate within bounds";
/// See [`CONCATENATE`].
pub(super) const CONTEXT: &str = "context of a call";
/// See [`CONCATENATE`].
pub(super) const PART: &str = "part of an array";
/// See [`CONCATENATE`].
pub(super) const REPLACE: &str = "replace within bounds";
/// See [`CONCATENATE`].
pub(super) const SEARCHABLE: &str = "text to search";

/// Turns an expression into one that means the same, within bounds. `own` are the names that it binds itself. Tells
/// whether it calls a function of ours now.
pub(super) fn rewrite(node: &mut AstNode, own: &HashSet<String>) -> bool {
    with_stack(|| {
        let mut is_rewritten = false;
        for_each_child(node, &mut |child: &mut AstNode| is_rewritten |= rewrite(child, own));
        is_rewritten | rewrite_one(node, own)
    })
}

fn rewrite_one(node: &mut AstNode, own: &HashSet<String>) -> bool {
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
        AstNode::Function { name, args, is_builtin: true } if !own.contains(name.as_str()) => {
            rewrite_call(name, args)
        }
        _ => false,
    }
}

fn rewrite_call(name: &mut String, args: &mut Vec<AstNode>) -> bool {
    let called = name.as_str();
    let is_bounded = BOUNDED.iter().any(|(bounded, _)| *bounded == called);
    let (is_match, is_replace) = (called == "match", called == "replace");
    // The evaluator itself calls a function that is written as the replacement, and looks at the clock each time.
    let is_ours = |arg: &AstNode| !matches!(arg, AstNode::Lambda { .. } | AstNode::Placeholder);
    let is_our_replace = is_replace && args.iter().all(is_ours);
    if is_our_replace {
        REPLACE.clone_into(name);
    }
    if is_bounded || is_our_replace {
        args.push(call(CONTEXT, vec![AstNode::variable("")]));
        return true;
    }
    match args.first_mut() {
        Some(text) if (is_match || is_replace) && !matches!(text, AstNode::Placeholder) => {
            wrap(SEARCHABLE, text);
            true
        }
        _ => false,
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

fn call(name: &str, args: Vec<AstNode>) -> AstNode {
    AstNode::Function { name: name.to_owned(), args, is_builtin: true }
}

fn take(node: &mut AstNode) -> AstNode {
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
