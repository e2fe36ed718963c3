//! The definitions that the interpreters run.

use clap::ValueEnum;
use serde_json::{Map, Value, json};

/// How many states the chain has.
const CHAIN: usize = 100;

/// How often the loop goes round: each time two states, well below the most events that an execution may have.
const ROUNDS: u32 = 1_000;

/// How many items the Map has.
const ITEMS: u32 = 1_000;

/// A query language of the States Language.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// `JSONPath`
    Jsonpath,
    /// `JSONata`
    Jsonata,
}

impl Language {
    /// As a document names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jsonpath => "JSONPath",
            Self::Jsonata => "JSONata",
        }
    }

    /// A Pass that gives an object of one field: what it reads in one language, or the other.
    fn pass(self, field: &str, path: &str, jsonata: &str) -> Value {
        match self {
            Self::Jsonpath => json!({ "Type": "Pass", "Parameters": { format!("{field}.$"): path } }),
            Self::Jsonata => json!({ "Type": "Pass", "Output": { field: jsonata } }),
        }
    }
}

/// A definition and its input.
pub(super) struct Definition {
    /// What the table calls it.
    pub(super) name: String,
    pub(super) language: Language,
    pub(super) document: Value,
    pub(super) input: Value,
}

impl Definition {
    /// All in one language.
    pub(super) fn all(language: Language) -> [Self; 3] {
        [Self::chain(language), Self::choice_loop(language), Self::map(language)]
    }

    /// Pass states in a row, each of which reads one field.
    fn chain(language: Language) -> Self {
        let mut states = Map::new();
        for number in 1..=CHAIN {
            let mut pass = language.pass("value", "$.value", "{% $states.input.value %}");
            if number == CHAIN {
                pass["End"] = true.into();
            } else {
                pass["Next"] = format!("Pass{}", number + 1).into();
            }
            states.insert(format!("Pass{number}"), pass);
        }
        let name = format!("{CHAIN} Pass states");
        Self::new(name, language, "Pass1", &Value::Object(states), json!({ "value": 1 }))
    }

    /// A Choice that goes back to a Pass, which counts, until there were enough rounds.
    fn choice_loop(language: Language) -> Self {
        let mut count = language.pass("count", "States.MathAdd($.count, 1)", "{% $states.input.count + 1 %}");
        count["Next"] = "Again".into();
        let again = match language {
            Language::Jsonpath => {
                json!({ "Variable": "$.count", "NumericLessThan": ROUNDS, "Next": "Count" })
            }
            Language::Jsonata => {
                let condition = format!("{{% $states.input.count < {ROUNDS} %}}");
                json!({ "Condition": condition, "Next": "Count" })
            }
        };
        let states = json!({
            "Again": { "Type": "Choice", "Choices": [again], "Default": "Done" },
            "Count": count,
            "Done": { "Type": "Succeed" },
        });
        Self::new(format!("Choice loop of {ROUNDS}"), language, "Again", &states, json!({ "count": 0 }))
    }

    /// An inline Map whose items each go through a Pass.
    fn map(language: Language) -> Self {
        let mut item = language.pass("value", "$.value", "{% $states.input.value %}");
        item["End"] = true.into();
        let mut each = json!({
            "Type": "Map",
            "ItemProcessor": { "StartAt": "Item", "States": { "Item": item } },
            "End": true,
        });
        match language {
            Language::Jsonpath => each["ItemsPath"] = "$.items".into(),
            Language::Jsonata => each["Items"] = "{% $states.input.items %}".into(),
        }
        let items: Vec<Value> = (0..ITEMS).map(|value| json!({ "value": value })).collect();
        let name = format!("inline Map of {ITEMS}");
        Self::new(name, language, "Each", &json!({ "Each": each }), json!({ "items": items }))
    }

    fn new(name: String, language: Language, start_at: &str, states: &Value, input: Value) -> Self {
        let document = json!({ "QueryLanguage": language.name(), "StartAt": start_at, "States": states });
        Self { name, language, document, input }
    }
}
