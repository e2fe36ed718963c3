//! What an expression reads, found without evaluating it.

use std::{collections::HashSet, mem};

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    value::with_stack,
};

use super::{
    STATES,
    arity::wrong_call,
    bounded::{is_bounded, within_bounds},
};

/// What an expression reads, each thing once, in the order of its first use.
#[derive(Default)]
pub(super) struct Reads {
    /// The names after `$` that it does not bind itself: variables, functions and `states`.
    pub(super) variables: Vec<String>,
    /// The fields of `$states`.
    pub(super) states_fields: Vec<String>,
    /// Whether it reads `$states` as a whole.
    pub(super) states_whole: bool,
    /// What it reads of the context at the top level, which has none: `$`, `$$` and bare names.
    pub(super) of_top_level: Vec<String>,
    /// What is wrong where it uses operators that AWS's JSONata does not have.
    pub(super) unsupported: Vec<String>,
    /// What is wrong where it calls a function with too few arguments or too many.
    pub(super) wrong_calls: Vec<String>,
    /// The names after `$` that it binds itself somewhere.
    pub(super) own: HashSet<String>,
}

impl Reads {
    /// Looks through an expression. What it calls by the names of bounded functions, and does not bind itself, gets the
    /// names of what takes their place.
    pub(super) fn of(tree: &mut AstNode) -> Self {
        let mut walk = Walk { reads: Self::default(), scopes: vec![HashSet::new()], at_top: true, piped: 0 };
        walk.node(tree);
        walk.reads
    }
}

struct Walk {
    reads: Reads,
    /// The names that are bound here, the innermost block's last.
    scopes: Vec<HashSet<String>>,
    /// Whether the context is that of the whole expression: not within a step, a filter or the like.
    at_top: bool,
    /// How many arguments the call that is visited next has besides its own.
    piped: usize,
}

impl Walk {
    /// Reads on, on a larger stack where this one is used up: an expression may nest a thousand levels deep.
    fn node(&mut self, node: &mut AstNode) {
        with_stack(|| self.visit(node));
    }

    fn nodes(&mut self, nodes: &mut [AstNode]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn pairs(&mut self, pairs: &mut [(AstNode, AstNode)]) {
        for (name, value) in pairs {
            self.node(name);
            self.node(value);
        }
    }

    fn visit(&mut self, node: &mut AstNode) {
        match node {
            AstNode::Variable(name) if name.is_empty() => self.of_context("$"),
            AstNode::Variable(name) => {
                self.reads.states_whole |= *name == STATES;
                self.variable(name);
            }
            // It is the context of the whole expression wherever it stands.
            AstNode::ParentVariable(_) => add(&mut self.reads.of_top_level, "$$".to_owned()),
            AstNode::Name(name) => self.of_context(name),
            AstNode::Path { steps } => self.path(steps),
            AstNode::Binary { op, lhs, rhs } => self.binary(*op, lhs, rhs),
            AstNode::Unary { operand: inner, .. } | AstNode::FunctionApplication(inner) => self.node(inner),
            AstNode::Function { name, args, is_builtin } => {
                let arguments = args.len() + mem::take(&mut self.piped);
                if *is_builtin {
                    self.called(name, arguments);
                } else {
                    self.of_context(name);
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
                self.inside(|walk| terms.iter_mut().for_each(|(term, _)| walk.node(term)));
            }
            AstNode::Transform { location, update, delete } => self.inside(|walk| {
                walk.node(location);
                walk.node(update);
                if let Some(delete) = delete {
                    walk.node(delete);
                }
            }),
            // AWS accepts a wildcard of nothing, which is nothing.
            AstNode::Wildcard
            | AstNode::Descendant
            | AstNode::String(_)
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
    fn path(&mut self, steps: &mut [PathStep]) {
        let states_field = match &*steps {
            [first, second, ..] if matches!(&first.node, AstNode::Variable(name) if name == STATES) => {
                match &second.node {
                    AstNode::Name(field) if first.stages.is_empty() => Some(field.clone()),
                    _ => None,
                }
            }
            _ => None,
        };
        for (at, step) in steps.iter_mut().enumerate() {
            if at > 0 {
                self.inside(|walk| walk.node(&mut step.node));
            } else if let Some(field) = &states_field {
                add(&mut self.reads.states_fields, field.clone());
                self.read(STATES);
            } else {
                self.node(&mut step.node);
            }
            step.focus.iter().chain(&step.index_var).for_each(|name| self.bind(name));
            self.inside(|walk| step.stages.iter_mut().for_each(|stage| walk.stage(stage)));
        }
    }

    fn stage(&mut self, stage: &mut Stage) {
        match stage {
            Stage::Filter(filter) => self.node(filter),
            Stage::Index(name) => self.bind(name),
            Stage::KeepArray => {}
        }
    }

    fn binary(&mut self, op: BinaryOp, lhs: &mut AstNode, rhs: &mut AstNode) {
        match (op, lhs, rhs) {
            (BinaryOp::ColonEqual, AstNode::Variable(name), rhs) => {
                if is_function(rhs) {
                    self.bind(name);
                }
                self.node(rhs);
                self.bind(name);
            }
            (BinaryOp::FocusBind | BinaryOp::IndexBind, lhs, AstNode::Variable(name)) => {
                self.node(lhs);
                self.bind(name);
            }
            (BinaryOp::ChainPipe, lhs, rhs) => {
                self.node(lhs);
                self.chained(rhs);
            }
            (op, lhs, rhs) => {
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

    /// What follows `~>`: a call has one argument more, what stands before. One with placeholders gives a function, which
    /// is called with that.
    fn chained(&mut self, rhs: &mut AstNode) {
        let call = match &*rhs {
            AstNode::Path { steps } if steps.len() == 1 => &steps[0].node,
            rhs => rhs,
        };
        let is_call = matches!(call, AstNode::Function { args, .. } if !args.contains(&AstNode::Placeholder));
        self.piped = usize::from(is_call);
        self.node(rhs);
    }

    /// Functions may call those that the block binds after them.
    fn block(&mut self, items: &mut [AstNode]) {
        self.scoped(|walk| {
            for item in &*items {
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
        let at_top = mem::take(&mut self.at_top);
        walk(self);
        self.at_top = at_top;
    }

    fn bind(&mut self, name: &str) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned());
        }
        self.reads.own.insert(name.to_owned());
    }

    /// A function is called, with this many arguments.
    fn called(&mut self, name: &mut String, arguments: usize) {
        if !self.is_bound(name)
            && let Some(message) = wrong_call(name, arguments)
        {
            add(&mut self.reads.wrong_calls, message);
        }
        self.variable(name);
    }

    fn is_bound(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains(name))
    }

    /// A variable or a function is read by its name.
    fn variable(&mut self, name: &mut String) {
        self.read(name);
        if is_bounded(name) && !self.is_bound(name) {
            *name = within_bounds(name);
        }
    }

    fn read(&mut self, name: &str) {
        if !self.is_bound(name) {
            add(&mut self.reads.variables, name.to_owned());
        }
    }

    fn of_context(&mut self, name: &str) {
        if self.at_top {
            add(&mut self.reads.of_top_level, name.to_owned());
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

fn add(list: &mut Vec<String>, entry: String) {
    if !list.contains(&entry) {
        list.push(entry);
    }
}
