//! What holds for any text and any data.

use ackflow_asl::{Expression, Intrinsic, Path, ReferencePath, Rule, Scope, Seed, StateMachine, Template};
use proptest::{collection, prelude::*};
use serde_json::{Map, Value, json};

/// Any JSON of a moderate size.
fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z$.{}'é ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::vec((name(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    "[a-zé_][a-z0-9é_-]{0,6}"
}

/// One step of a path as people write it.
fn step() -> impl Strategy<Value = String> {
    prop_oneof![
        name().prop_map(|name| format!(".{name}")),
        name().prop_map(|name| format!("['{name} x']")),
        (-3_i32..9).prop_map(|index| format!("[{index}]")),
        (0_i32..5, 0_i32..5).prop_map(|(from, to)| format!("[{from}:{to}]")),
        Just("[*]".to_owned()),
        Just(".*".to_owned()),
        name().prop_map(|name| format!("..{name}")),
        (name(), any::<i16>()).prop_map(|(name, number)| format!("[?(@.{name} >= {number} || !@.x)]")),
    ]
}

fn path() -> impl Strategy<Value = String> {
    (prop_oneof![Just("$"), Just("$$")], collection::vec(step(), 0..5))
        .prop_map(|(root, steps)| format!("{root}{}", steps.concat()))
}

fn reference_path() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        4 => "[a-c]".prop_map(|name| format!(".{name}")),
        1 => (0_i32..3).prop_map(|index| format!("[{index}]")),
    ];
    collection::vec(step, 0..4).prop_map(|steps| format!("${}", steps.concat()))
}

/// A payload template: data with some fields that hold paths and calls.
fn template() -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        (name(), path()).prop_map(|(name, path)| (format!("{name}.$"), Value::from(path))),
        (name(), path()).prop_map(|(name, path)| {
            (format!("{name}.$"), Value::from(format!("States.Format('é {{}}', {path})")))
        }),
        (name(), data()),
    ];
    let object = collection::vec(field, 0..6)
        .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()));
    (object.clone(), object).prop_map(|(mut outer, inner)| {
        outer["nested"] = json!([inner]);
        outer
    })
}

/// Evaluates whatever a text may be read as.
fn evaluate(text: &str, data: &Value) {
    let seed = Seed::new(1);
    let scope = Scope::new(data, data, &seed);
    if let Ok(path) = Path::parse(text) {
        let _ = path.select(&scope);
    }
    if let Ok(expression) = Expression::parse(text) {
        let _ = expression.evaluate("x.$", &scope);
    }
    if let Ok(path) = ReferencePath::parse(text) {
        let _ = path.put(data.clone(), json!(1));
    }
}

proptest! {
    #[test]
    fn a_template_round_trips(source in template(), input in data()) {
        let template = Template::new(source.clone()).expect("a template");
        let written = serde_json::to_string(&template).expect("JSON");
        prop_assert_eq!(&written, &source.to_string());
        let again: Template = serde_json::from_str(&written).expect("its own JSON");
        prop_assert_eq!(&again, &template);
        let _ = template.render("Parameters", &Scope::new(&input, &input, &Seed::new(1)));
    }

    #[test]
    fn a_template_without_paths_is_itself(source in data()) {
        let seed = Seed::new(1);
        let scope = Scope::new(&Value::Null, &Value::Null, &seed);
        let rendered = Template::new(source.clone()).expect("a template").render("Parameters", &scope).expect("data");
        prop_assert_eq!(rendered, source);
    }

    #[test]
    fn a_path_is_stable(text in path()) {
        let read = Path::parse(&text).expect("a path");
        prop_assert_eq!(read.to_string(), text.as_str());
        prop_assert_eq!(Path::parse(&read.to_string()).expect("a path"), read);
    }

    #[test]
    fn an_indefinite_path_gives_an_array(text in path(), data in data()) {
        let read = Path::parse(&text).expect("a path");
        if !read.is_definite() {
            let seed = Seed::new(1);
            let scope = Scope::new(&data, &data, &seed);
            prop_assert!(read.select(&scope).expect("an array").is_array());
        }
    }

    #[test]
    fn what_is_put_is_found(text in reference_path(), target in data(), value in data()) {
        if let Ok(changed) = ReferencePath::parse(&text).expect("a path").put(target, value.clone()) {
            let seed = Seed::new(1);
            let scope = Scope::new(&changed, &Value::Null, &seed);
            prop_assert_eq!(Path::parse(&text).expect("a path").select(&scope).expect("the value"), value);
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,60}", data in data()) {
        evaluate(&text, &data);
        evaluate(&format!("$.{text}"), &data);
        evaluate(&format!("$[{text}]"), &data);
        evaluate(&format!("$[?({text})]"), &data);
        evaluate(&format!("States.Format({text})"), &data);
        evaluate(&format!("States.Format('{text}', $)"), &data);
        let _ = StateMachine::parse(&text);
    }

    #[test]
    fn no_punctuation_panics(text in r"[$@.\[\]()'?!&|=<>*:,0-9a -]{0,40}", data in data()) {
        evaluate(&text, &data);
        evaluate(&format!("${text}"), &data);
        evaluate(&format!("$[?(@{text})]"), &data);
        let _ = Intrinsic::parse(&format!("States.Array({text})"));
    }

    #[test]
    fn no_document_panics(state in data(), other in data()) {
        let _ = StateMachine::parse(&state.to_string());
        for kind in ["Task", "Map", "Parallel", "Choice", "Pass", "Wait", "Succeed", "Fail"] {
            let mut fields = json!({ "Type": kind, "Next": other });
            for name in ["Choices", "Retry", "Catch", "Branches", "ItemProcessor", "Parameters", "InputPath"] {
                fields[name] = state.clone();
            }
            let text = json!({ "StartAt": "A", "States": { "A": fields, "B": other } }).to_string();
            prop_assert!(StateMachine::parse(&text).is_err());
        }
        let _ = serde_json::from_value::<Rule>(state);
    }
}

#[test]
fn deep_nesting_is_refused_or_read() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(50_000), close.repeat(50_000));
    let data = json!({});
    for text in [
        format!("$[?({}@.a{})]", "(".repeat(50_000), ")".repeat(50_000)),
        format!("$[?({}@.a)]", "!".repeat(50_000)),
        format!("$[?(@{})]", "[?(@".repeat(50_000)),
        format!("$[?(@.a in {}]", "[".repeat(50_000)),
        format!("States.Array({}", deep("States.Array(", ")")),
        format!("${}", ".a".repeat(50_000)),
        format!("${}", "[?(@)]".repeat(50_000)),
    ] {
        evaluate(&text, &data);
    }
    let _ = StateMachine::parse(&deep("[", "]"));
    let _ = StateMachine::parse(&deep("{\"a\":", "}"));
    let mut rule = json!({ "Variable": "$", "IsNull": true });
    for _ in 0..100 {
        rule = json!({ "Not": rule });
    }
    assert!(serde_json::from_value::<Rule>(rule).is_err());
}
