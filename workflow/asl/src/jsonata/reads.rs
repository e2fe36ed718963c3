//! What an expression reads, found without evaluating it.

use std::collections::HashSet;

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    value::with_stack,
};

use super::STATES;

/// What an expression reads, each thing once, in the order of its first use.
#[derive(Default)]
pub(super) struct Reads {
    /// The names after `$` that it does not bind itself: variables, functions and `states`.
    pub(super) variables: Vec<String>,
    /// The fields of `$states`.
    pub(super) states_fields: Vec<String>,
    /// Whether it reads `$states` as a whole.
    pub(super) states_whole: bool,
    /// What is wrong where it reads the context at the top level, which has none.
    pub(super) of_no_context: Vec<String>,
    /// What is wrong where it uses what AWS's JSONata does not have.
    pub(super) unsupported: Vec<String>,
}

impl Reads {
    pub(super) fn of(tree: &AstNode) -> Self {
        let mut walk = Walk { reads: Self::default(), scopes: vec![HashSet::new()], at_top: true };
        walk.node(tree);
        walk.reads
    }
}

struct Walk<'a> {
    reads: Reads,
    /// The names that are bound here, the innermost block's last.
    scopes: Vec<HashSet<&'a str>>,
    /// Whether the context is that of the whole expression: not within a step, a filter or the like.
    at_top: bool,
}

impl<'a> Walk<'a> {
    /// Reads on, on a larger stack where this one is used up: an expression may nest a thousand levels deep.
    fn node(&mut self, node: &'a AstNode) {
        with_stack(|| self.visit(node));
    }

    fn nodes(&mut self, nodes: &'a [AstNode]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn pairs(&mut self, pairs: &'a [(AstNode, AstNode)]) {
        for (name, value) in pairs {
            self.node(name);
            self.node(value);
        }
    }

    fn visit(&mut self, node: &'a AstNode) {
        match node {
            AstNode::Variable(name) if name.is_empty() => self.context("$"),
            AstNode::Variable(name) => {
                self.reads.states_whole |= name == STATES;
                self.variable(name);
            }
            AstNode::ParentVariable(_) => add(&mut self.reads.of_no_context, no_context("$$")),
            AstNode::Name(name) => self.field(name),
            AstNode::Wildcard => self.context("*"),
            AstNode::Descendant => self.context("**"),
            AstNode::Path { steps } => self.path(steps),
            AstNode::Binary { op, lhs, rhs } => self.binary(*op, lhs, rhs),
            AstNode::Unary { operand: inner, .. } | AstNode::FunctionApplication(inner) => self.node(inner),
            AstNode::Function { name, args, is_builtin } => {
                if *is_builtin {
                    self.variable(name);
                } else {
                    self.field(name);
                }
                self.nodes(args);
            }
            AstNode::Call { procedure, args } => {
                self.node(procedure);
                self.nodes(args);
            }
            AstNode::Lambda { params, body, .. } => self.scoped(|walk| {
                for name in params {
                    walk.bind(name);
                }
                walk.node(body);
            }),
            AstNode::Array(items) | AstNode::ArrayGroup(items) => self.nodes(items),
            AstNode::Object(fields) => self.pairs(fields),
            AstNode::ObjectTransform { input, pattern } => {
                self.node(input);
                self.inside(|walk| walk.pairs(pattern));
            }
            AstNode::Block(items) => self.block(items),
            AstNode::Conditional { condition, then_branch, else_branch } => {
                self.node(condition);
                self.node(then_branch);
                if let Some(branch) = else_branch {
                    self.node(branch);
                }
            }
            AstNode::Sort { input, terms } => {
                self.node(input);
                self.inside(|walk| terms.iter().for_each(|(term, _)| walk.node(term)));
            }
            AstNode::Transform { location, update, delete } => self.inside(|walk| {
                walk.node(location);
                walk.node(update);
                if let Some(delete) = delete {
                    walk.node(delete);
                }
            }),
            AstNode::String(_)
            | AstNode::Number(_)
            | AstNode::Boolean(_)
            | AstNode::Null
            | AstNode::Undefined
            | AstNode::Placeholder
            | AstNode::Regex { .. }
            | AstNode::Parent(_) => {}
        }
    }

    /// The steps after the first, and all filters, have what came before as their context.
    fn path(&mut self, steps: &'a [PathStep]) {
        let states_field = match steps {
            [first, second, ..] if matches!(&first.node, AstNode::Variable(name) if name == STATES) => {
                match &second.node {
                    AstNode::Name(field) if first.stages.is_empty() => Some(field),
                    _ => None,
                }
            }
            _ => None,
        };
        for (at, step) in steps.iter().enumerate() {
            if let Some(field) = states_field.filter(|_| at == 0) {
                add(&mut self.reads.states_fields, field.clone());
                self.variable(STATES);
            } else if at == 0 {
                self.node(&step.node);
            } else {
                self.inside(|walk| walk.node(&step.node));
            }
            step.focus.iter().chain(&step.index_var).for_each(|name| self.bind(name));
            self.inside(|walk| step.stages.iter().for_each(|stage| walk.stage(stage)));
        }
    }

    fn stage(&mut self, stage: &'a Stage) {
        match stage {
            Stage::Filter(filter) => self.node(filter),
            Stage::Index(name) => self.bind(name),
            Stage::KeepArray => {}
        }
    }

    fn binary(&mut self, op: BinaryOp, lhs: &'a AstNode, rhs: &'a AstNode) {
        match (op, lhs, rhs) {
            (BinaryOp::ColonEqual, AstNode::Variable(name), _) => {
                if is_function(rhs) {
                    self.bind(name);
                }
                self.node(rhs);
                self.bind(name);
            }
            (BinaryOp::FocusBind | BinaryOp::IndexBind, _, AstNode::Variable(name)) => {
                self.node(lhs);
                self.bind(name);
            }
            _ => {
                match op {
                    BinaryOp::Default => self.newer("?:", "$boolean(a) ? a : b"),
                    BinaryOp::Coalesce => self.newer("??", "$exists(a) ? a : b"),
                    _ => {}
                }
                self.node(lhs);
                self.node(rhs);
            }
        }
    }

    /// Functions may call those that the block binds after them.
    fn block(&mut self, items: &'a [AstNode]) {
        self.scoped(|walk| {
            for item in items {
                if let AstNode::Binary { op: BinaryOp::ColonEqual, lhs, rhs } = item
                    && let AstNode::Variable(name) = &**lhs
                    && is_function(rhs)
                {
                    walk.bind(name);
                }
            }
            walk.nodes(items);
        });
    }

    /// Walks where names that are bound hold no longer than here.
    fn scoped(&mut self, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(HashSet::new());
        walk(self);
        self.scopes.pop();
    }

    /// Walks where the context is not that of the whole expression.
    fn inside(&mut self, walk: impl FnOnce(&mut Self)) {
        let at_top = std::mem::take(&mut self.at_top);
        walk(self);
        self.at_top = at_top;
    }

    fn bind(&mut self, name: &'a str) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name);
        }
    }

    fn variable(&mut self, name: &str) {
        if self.scopes.iter().any(|scope| scope.contains(name)) {
            return;
        }
        if name == "eval" {
            add(&mut self.reads.unsupported, "AWS has no $eval: $parse reads JSON".to_owned());
        }
        add(&mut self.reads.variables, name.to_owned());
    }

    fn context(&mut self, what: &str) {
        if self.at_top {
            add(&mut self.reads.of_no_context, no_context(what));
        }
    }

    fn field(&mut self, name: &str) {
        if self.at_top {
            let message = format!("{name} is a field of nothing here: write $states.input.{name}");
            add(&mut self.reads.of_no_context, message);
        }
    }

    fn newer(&mut self, operator: &str, instead: &str) {
        let message = format!("AWS's JSONata is 2.0.6, which has no {operator}: write {instead}");
        add(&mut self.reads.unsupported, message);
    }
}

fn is_function(node: &AstNode) -> bool {
    matches!(node, AstNode::Lambda { .. })
}

fn no_context(what: &str) -> String {
    format!("{what} stands for nothing here: name what is meant, such as $states.input")
}

fn add(list: &mut Vec<String>, entry: String) {
    if !list.contains(&entry) {
        list.push(entry);
    }
}
