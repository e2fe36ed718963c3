//! `ackflow new flow`.

use clap::Args;
use miette::Result;

use super::{
    event::{Event, Field, Pieces},
    name::Name,
    plan::{Insertion, Plan},
    step::{add_step, step_words},
    words::Words,
};

/// What the step gives: what the operators are told.
const NEWS: &[Field] = &[("subject", "What was done, in one line."), ("text", "What was done.")];

/// The files of a flow, beside its route and its step's.
const FILES: [(&str, &str); 3] = [
    ("workflow/flows/src/__module__.rs", include_str!("templates/flow.rs.template")),
    ("local/tests/system/__module__.rs", include_str!("templates/test.rs.template")),
    ("docs/flows/__flow__.md", include_str!("templates/page.md.template")),
];

const FLOWS: &str = "workflow/flows/src/lib.rs";
const ROUTE: &str = "workflow/flows/src/route.rs";

/// The lists that know of each flow.
const LISTS: [Insertion; 8] = [
    Insertion::before(FLOWS, &["\nmod "], "\nmod __module__;"),
    Insertion::before(FLOWS, &["\npub use "], "\npub use __module__::__module__;"),
    Insertion::before(FLOWS, &["\npub fn flows()", "\n    ]"], "\n        named(__module__()),"),
    Insertion::before(ROUTE, &["\nmod "], "\nmod __module__;"),
    // Before the others: the first route that is for an event is taken.
    Insertion::after(ROUTE, &["\npub fn routes()", "\n    vec!["], "\n        __module__::ROUTED,"),
    Insertion::before(
        ROUTE,
        &["\npub fn route(", "\n    match callback.event()? {", "\n        Event::"],
        "\n        Event::__Model__(event) if __guard__ => __module__::route(callback, &event),",
    ),
    Insertion::before("local/tests/system/main.rs", &["\nmod "], "\nmod __module__;"),
    Insertion::before(
        "docs/README.md",
        &["\n\n## Decisions"],
        "\n| [The flow `__flow__`](flows/__flow__.md) | What starts it, and what if it fails? |",
    ),
];

/// Write a flow that an event starts: it runs as it is, and has a place for the work
///
/// It has one step, which says what happened, and tells the operators. Each piece is small and yours to change.
#[derive(Debug, Args)]
pub(super) struct NewFlow {
    /// Its name, such as kudos or thank-you.
    name: Name,
    /// The event that starts it.
    #[arg(long, value_name = "EVENT")]
    on: Event,
}

impl NewFlow {
    /// What to write.
    pub(super) fn plan(&self) -> Result<Plan> {
        let pieces = self.on.pieces();
        let words = self.words(&pieces);
        let mut plan = Plan::new()?;
        plan.refuse_identifier(FLOWS, &self.name.snake())?;
        for (path, template) in FILES {
            plan.create(words.fill(path), words.fill(template))?;
        }
        plan.create(words.fill("workflow/flows/src/route/__module__.rs"), words.fill(pieces.route))?;
        LISTS.iter().try_for_each(|insertion| plan.insert(insertion, &words))?;
        add_step(&mut plan, &words)?;
        Ok(plan)
    }

    fn words(&self, pieces: &Pieces) -> Words {
        let work = "let text = __sentence__;
        Ok(__Step__Output { subject: \"__flow__\".to_owned(), text })";
        let composed = Words::new([
            ("__routed__", include_str!("templates/routed.rs.template").to_owned()),
            ("__work__", work.to_owned()),
            ("__sentence__", pieces.sentence.to_owned()),
            ("__happens__", pieces.happens.to_owned()),
            ("__user__", pieces.user.to_owned()),
            ("__when__", pieces.when.to_owned()),
            ("__subscriptions__", pieces.subscriptions.to_owned()),
            ("__is_wanted__", pieces.is_wanted.to_owned()),
            ("__guard__", pieces.guard.to_owned()),
            ("__Model__", pieces.model.to_owned()),
            ("__event__", pieces.event.to_owned()),
            ("__module__", self.name.snake()),
            ("__FLOW__", self.name.screaming()),
            ("__Flow__", self.name.pascal()),
            ("__flow__", self.name.kebab().to_owned()),
        ]);
        composed.and(step_words(&self.name.handle(), pieces.fields, NEWS))
    }

    /// What is left to do.
    pub(super) fn next(&self) -> String {
        let (module, step) = (self.name.snake(), self.name.handle().snake());
        format!(
            "\
Now have the rest generated, and see it run:

    cargo fmt --all
    cargo xtask codegen
    cargo test --package ackflow --test system {module}
    INSTA_UPDATE=always cargo test --workspace
    cargo xtask test

Then make it yours:

    the work              handlers/src/{step}.rs
    the order, retries    workflow/flows/src/{module}.rs
    what starts it        workflow/flows/src/route/{module}.rs

docs/extend.md goes through what is left to you.
"
        )
    }
}
