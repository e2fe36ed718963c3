//! Where in the document the validator is, and which rules hold there.

use std::{collections::BTreeSet, rc::Rc};

use super::MachineType;
use crate::QueryLanguage;

/// A step down into the document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// A field of an object.
    Name(String),
    /// An item of an array.
    Index(usize),
}

/// A place in the document.
#[derive(Clone)]
pub(super) struct Place {
    /// As AWS writes it; empty is the document.
    location: Option<String>,
    /// The innermost state around it.
    state: Option<String>,
    /// The place within the state: `Retry[0].MaxAttempts`.
    field: String,
    /// The way to it from the document's root.
    path: Vec<Step>,
    machine_type: MachineType,
    /// The language of states that name none.
    machine_language: QueryLanguage,
    /// The language of the state around it.
    language: QueryLanguage,
    /// The field of `$states` that is there besides `input` and `context`.
    states_field: Option<&'static str>,
    /// The variables of the scopes around the block that stands here.
    outer_variables: Rc<BTreeSet<String>>,
    /// These, and those of the block itself.
    variables: Rc<BTreeSet<String>>,
}

impl Place {
    pub(super) fn root(machine_type: MachineType, language: QueryLanguage) -> Self {
        Self {
            location: Some(String::new()),
            state: None,
            field: String::new(),
            path: Vec::new(),
            machine_type,
            machine_language: language,
            language,
            states_field: None,
            outer_variables: Rc::default(),
            variables: Rc::default(),
        }
    }

    /// A field of what stands here.
    pub(super) fn field(&self, name: &str) -> Self {
        let location = self.location.as_ref().map(|location| format!("{location}/{name}"));
        Self { location, ..self.part(name) }
    }

    /// A field of what stands here, where AWS names the object in which it stands, not the field.
    pub(super) fn part(&self, name: &str) -> Self {
        let field = if self.field.is_empty() { name.to_owned() } else { format!("{}.{name}", self.field) };
        Self { field, path: self.below(Step::Name(name.to_owned())), ..self.clone() }
    }

    /// An item of the array that stands here.
    pub(super) fn item(&self, index: usize) -> Self {
        let location = self.location.as_ref().map(|location| format!("{location}[{index}]"));
        let field = format!("{}[{index}]", self.field);
        Self { location, field, path: self.below(Step::Index(index)), ..self.clone() }
    }

    /// A state of the block that stands here. It has the machine's language until it is known to have another.
    pub(super) fn state(&self, name: &str) -> Self {
        let states = self.field("States");
        let named = states.field(name);
        Self {
            state: Some(name.to_owned()),
            field: String::new(),
            language: self.machine_language,
            states_field: None,
            ..named
        }
    }

    /// The same, in a state of this language.
    pub(super) fn in_language(&self, language: QueryLanguage) -> Self {
        Self { language, ..self.clone() }
    }

    /// The same, where `$states` has this field too.
    pub(super) fn with_states_field(&self, name: &'static str) -> Self {
        Self { states_field: Some(name), ..self.clone() }
    }

    /// The same, in a scope of its own with these variables.
    pub(super) fn in_scope<'a>(&self, own: impl Iterator<Item = &'a str>) -> Self {
        let variables = self.variables.iter().cloned().chain(own.map(str::to_owned)).collect();
        Self { outer_variables: Rc::clone(&self.variables), variables: Rc::new(variables), ..self.clone() }
    }

    /// The same, where no variables are around it.
    pub(super) fn outside_all_scopes(&self) -> Self {
        Self { outer_variables: Rc::default(), variables: Rc::default(), ..self.clone() }
    }

    /// The same, of which AWS names no place.
    pub(super) fn nowhere(&self) -> Self {
        Self { location: None, ..self.clone() }
    }

    fn below(&self, step: Step) -> Vec<Step> {
        self.path.iter().cloned().chain([step]).collect()
    }

    /// As AWS writes it.
    pub(super) fn location(&self) -> Option<String> {
        let location = self.location.clone()?;
        Some(if location.is_empty() { "/".to_owned() } else { location })
    }

    pub(super) fn state_name(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The place within the state.
    pub(super) fn field_name(&self) -> Option<String> {
        Some(self.field.clone()).filter(|field| !field.is_empty())
    }

    pub(super) fn path(&self) -> &[Step] {
        &self.path
    }

    pub(super) fn machine_type(&self) -> MachineType {
        self.machine_type
    }

    pub(super) fn machine_language(&self) -> QueryLanguage {
        self.machine_language
    }

    pub(super) fn language(&self) -> QueryLanguage {
        self.language
    }

    /// Whether `$states` has this field here.
    pub(super) fn has_states_field(&self, name: &str) -> bool {
        name == "input" || name == "context" || self.states_field == Some(name)
    }

    /// Whether a scope around this one has a variable of this name.
    pub(super) fn has_outer_variable(&self, name: &str) -> bool {
        self.outer_variables.contains(name)
    }

    /// What a finding calls the last part of the place.
    pub(super) fn last(&self) -> &str {
        self.field.rsplit('.').next().unwrap_or_default()
    }
}
