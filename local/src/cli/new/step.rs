//! `ackflow new step`.

use clap::Args;
use miette::{Result, miette};

use super::{
    event::Field,
    name::Name,
    plan::{Insertion, Plan},
    words::Words,
};

/// What a step takes and gives, until it is something of its own.
const TEXT: &[Field] = &[("text", "The text.")];

/// The files of a step.
const FILES: [(&str, &str); 4] = [
    ("schemas/devops/__step___input.json", include_str!("templates/input.json.template")),
    ("schemas/devops/__step___output.json", include_str!("templates/output.json.template")),
    ("workflow/flows/src/__step__.rs", include_str!("templates/contract.rs.template")),
    ("handlers/src/__step__.rs", include_str!("templates/handler.rs.template")),
];

const FLOWS: &str = "workflow/flows/src/lib.rs";
const FUNCTIONS: &str = "workflow/flows/src/function.rs";
const CONSISTENCY: &str = "workflow/flows/tests/flows/consistency.rs";
const HANDLERS: &str = "handlers/src/lib.rs";
const SYSTEM: &str = "local/src/system.rs";
const LAMBDA_STEPS: &str = "handlers/aws/src/functions/step.rs";

/// The lists that know of each step.
const LISTS: [Insertion; 14] = [
    Insertion::before(FLOWS, &["\nmod "], "\nmod __step__;"),
    Insertion::before(FLOWS, &["\npub use "], "\npub use __step__::{__Step__, __Step__Error};"),
    Insertion::after(FUNCTIONS, &["\nuse crate::{"], " __Step__,"),
    Insertion::before(
        FUNCTIONS,
        &["pub fn functions()", "\n        NOTIFIER,"],
        "\n        __Step__::FUNCTION,",
    ),
    Insertion::after(CONSISTENCY, &["\nuse ackflow_flows::{"], " __Step__,"),
    Insertion::before(
        CONSISTENCY,
        &["fn contracts()", "\n        contract::<"],
        "\n        contract::<__Step__>(),",
    ),
    Insertion::before(HANDLERS, &["\nmod "], "\nmod __step__;"),
    Insertion::before(HANDLERS, &["\npub use "], "\npub use __step__::__Step__Handler;"),
    Insertion::after(SYSTEM, &["\nuse ackflow_flows::{"], " __Step__,"),
    Insertion::after(SYSTEM, &["\nuse ackflow_handlers::{"], " __Step__Handler,"),
    Insertion::after(
        SYSTEM,
        &["fn steps(", "\n    Steps::default()"],
        "\n        .with::<__Step__>(__Step__Handler)",
    ),
    Insertion::after(LAMBDA_STEPS, &["\nuse ackflow_flows::{"], " __Step__,"),
    Insertion::after(LAMBDA_STEPS, &["\nuse ackflow_handlers::{"], " __Step__Handler,"),
    Insertion::after(
        LAMBDA_STEPS,
        &["\npub trait LambdaStep", "\n}\n"],
        include_str!("templates/lambda_step.rs.template"),
    ),
];

/// Write a step: its contract, schemas and handler, and its place in the lists
///
/// Its place in the flow is yours to choose: what is printed at the end tells how.
#[derive(Debug, Args)]
pub(super) struct NewStep {
    /// Its name: a verb and an object, such as count-votes.
    name: Name,
    /// The flow that it is for.
    #[arg(long)]
    flow: Name,
}

impl NewStep {
    /// What to write.
    pub(super) fn plan(&self) -> Result<Plan> {
        let Self { name, flow } = self;
        if !name.kebab().contains('-') {
            return Err(miette!(
                help = "name it by a verb and an object, such as count-votes",
                "{} is one word, which other things may be called by",
                name.kebab()
            ));
        }
        let mut plan = Plan::new()?;
        let definition = format!("workflow/flows/src/{}.rs", flow.snake());
        if !plan.read(&definition).is_ok_and(|text| text.contains("Flow::new(")) {
            return Err(miette!(
                help = "`ackflow synth` prints the flows there are, and `ackflow new flow` writes another",
                "there is no flow {}: {definition} would define it",
                flow.kebab()
            ));
        }
        let words = Words::new([
            ("__work__", "Ok(__Step__Output { text: input.text })".to_owned()),
            ("__flow__", flow.kebab().to_owned()),
        ]);
        add_step(&mut plan, &words.and(step_words(name, TEXT, TEXT)))?;
        Ok(plan)
    }

    /// What is left to do.
    pub(super) fn next(&self) -> String {
        let (step, flow) = (self.name.pascal(), self.flow.snake());
        format!(
            "\
Now give it a place in its flow, in workflow/flows/src/{flow}.rs:

    .then(task::<{step}>().retry({step}Error::transient(), FOR_A_DAY).retry_platform(SOON))

It has to take what the stage before it gives, and to give what the stage after it takes:
change its schemas, or the types in its contract, workflow/flows/src/{}.rs. Then:

    cargo fmt --all
    cargo xtask codegen
    INSTA_UPDATE=always cargo test --workspace
    cargo xtask test

docs/extend.md goes through what is left to you.
",
            self.name.snake()
        )
    }
}

/// The words of a step that takes and gives these fields.
pub(super) fn step_words(name: &Name, input: &[Field], output: &[Field]) -> Words {
    Words::new([
        ("__input_names__", names(input)),
        ("__input_properties__", properties(input)),
        ("__output_names__", names(output)),
        ("__output_properties__", properties(output)),
        ("__function__", format!("slack-{}", name.kebab())),
        ("__Step__", name.pascal()),
        ("__step__", name.snake()),
    ])
}

/// Adds a step's files, and the step to the lists.
pub(super) fn add_step(plan: &mut Plan, words: &Words) -> Result<()> {
    plan.refuse(&words.fill("handlers/functions/src/bin/__function__.rs"))?;
    for (path, template) in FILES {
        plan.create(words.fill(path), words.fill(template))?;
    }
    LISTS.iter().try_for_each(|insertion| plan.insert(insertion, words))
}

fn names(fields: &[Field]) -> String {
    fields.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn properties(fields: &[Field]) -> String {
    let property = |(name, description): &Field| {
        format!("    \"{name}\": {{ \"description\": \"{description}\", \"type\": \"string\" }}")
    };
    fields.iter().map(property).collect::<Vec<_>>().join(",\n")
}
