//! What paths, intrinsic calls and rules give, case by case.

use ackflow_asl::{Expression, Path, ReferencePath, Rule, Scope, Seed, Template};
use serde_json::{Value, json};

fn input() -> Value {
    json!({
        "files": [
            { "id": "F1", "size": 10, "tags": ["a", "b"] },
            { "id": "F2", "size": 20, "tags": [] },
            { "id": "F3", "deleted": true }
        ],
        "name": "Möbius",
        "user-name": "ann",
        "größe": 3,
        "limit": 15,
        "nothing": null,
        "a b": { "id": "deep" }
    })
}

/// What an expression gives, or the error's name.
fn give(text: &str) -> Value {
    let (input, context) = (input(), json!({ "Execution": { "Name": "run" } }));
    let seed = Seed::new(7);
    let scope = Scope::new(&input, &context, &seed);
    match Expression::parse(text).unwrap_or_else(|error| panic!("{error}")).evaluate("field.$", &scope) {
        Ok(value) => value,
        Err(error) => json!({ "error": error.error }),
    }
}

fn all(cases: &[(&str, Value)]) {
    for (text, expected) in cases {
        assert_eq!(&give(text), expected, "{text}");
    }
}

fn runtime() -> Value {
    json!({ "error": "States.Runtime" })
}

fn failure() -> Value {
    json!({ "error": "States.IntrinsicFailure" })
}

#[test]
fn definite_paths() {
    all(&[
        ("$.name", json!("Möbius")),
        ("$['name']", json!("Möbius")),
        ("$[\"name\"]", json!("Möbius")),
        ("$.['name']", json!("Möbius")),
        ("$.user-name", json!("ann")),
        ("$.größe", json!(3)),
        ("$['a b'].id", json!("deep")),
        ("$.files[0].id", json!("F1")),
        ("$.files[-1].id", runtime()),
        ("$.files[(@.length-1)].id", json!("F3")),
        ("$.files[( @.length - 3 )].id", json!("F1")),
        ("$.files[(@.length-4)].id", runtime()),
        ("$.files[ 1 ].id", json!("F2")),
        ("$.nothing", json!(null)),
        ("$.files[0]['id', 'size', 'absent']", json!({ "id": "F1", "size": 10 })),
        ("$$.Execution.Name", json!("run")),
        ("$.absent", runtime()),
        ("$.nothing.more", runtime()),
        ("$.files[3]", json!(null)),
        ("$.files[-1]", json!(null)),
        ("$.files[3].id", runtime()),
        ("$.name[0]", runtime()),
        ("$.files.length()", runtime()),
        ("$['name', 'limit'].a", runtime()),
        ("$variable", runtime()),
    ]);
}

#[test]
fn indefinite_paths() {
    all(&[
        ("$.files[*].id", json!(["F1", "F2", "F3"])),
        ("$.files.*.size", json!([10, 20])),
        ("$.absent[*]", json!([])),
        ("$.absent[1:]", json!([])),
        ("$.files[0,2].id", json!(["F1", "F3"])),
        ("$.files[0:2].id", json!(["F1", "F2"])),
        ("$.files[:1].id", json!(["F1"])),
        ("$.files[1:].id", json!(["F2", "F3"])),
        ("$.files[-1:].id", json!(["F3"])),
        ("$.files[-3:-1].id", json!(["F1", "F2"])),
        ("$.files[0:-1].id", json!([])),
        ("$..id", json!(["F1", "F2", "F3", "deep"])),
        ("$..tags[0]", json!(["a"])),
        ("$.files[?(@.size == 10)].id", json!(["F1"])),
        ("$.files[?(@.size > 10 && !(@.deleted))].id", json!(["F2"])),
        ("$.files[?(@.deleted || @.size<15)].id", json!(["F1", "F3"])),
        ("$.files[?(@.size <= $.limit)].id", json!(["F1"])),
        ("$.files[?(@.id in ['F1', \"F3\"])].id", json!(["F1", "F3"])),
        ("$.files[?(@.id nin ['F1'])].id", json!(["F2", "F3"])),
        ("$.files[?(@.size != 10)].id", json!(["F2", "F3"])),
        ("$.files[?('a' in @.tags)].id", json!(["F1"])),
        ("$.files[?(@.id =~ /f[12]/i)].id", json!(["F1", "F2"])),
        ("$.files[?(@.id =~ /F/)].id", json!([])),
        ("$.files[?(@.tags contains 'b')].id", json!(["F1"])),
        ("$.files[?(@.tags size 2 && @.tags all ['a'])].id", json!(["F1"])),
        ("$.files[?(@.tags empty true)].id", json!(["F2"])),
        ("$.files[?(@.tags[*])].id", json!(["F1"])),
        ("$.files[?(!@.size)].id", json!(["F3"])),
        ("$.files[?(@.deleted == null)].id", json!([])),
        ("$.files[0].tags[?(@ == 'a')]", json!([])),
    ]);
}

#[test]
fn intrinsic_functions() {
    all(&[
        ("States.Format('{} and {}', $.name, 1.5)", json!("Möbius and 1.5")),
        (r"States.Format('it\'s \{\} {}\\', null)", json!(r"it's {} null\")),
        ("States.Format('{}', $.files[2])", json!("{id=F3, deleted=true}")),
        ("States.Format('{}')", failure()),
        ("States.Format('{', 1)", failure()),
        ("States.Format('none', 1)", failure()),
        ("States.Format('{}', $.absent)", runtime()),
        ("States.Array(States.ArrayLength($$.Absent))", runtime()),
        ("States.StringToJson('{\"a\": 1}')", json!({ "a": 1 })),
        ("States.StringToJson('  ')", json!(null)),
        ("States.StringToJson('{')", failure()),
        ("States.JsonToString($.files[2])", json!("{\"id\":\"F3\",\"deleted\":true}")),
        ("States.Array()", json!([])),
        ("States.Array( 'a' , 1, true, $.limit )", json!(["a", 1, true, 15])),
        ("States.ArrayPartition(States.Array(1, 2, 3), 2)", json!([[1, 2], [3]])),
        ("States.ArrayPartition(States.Array(1), 0)", failure()),
        ("States.ArrayContains($.files[0].tags, 'b')", json!(true)),
        ("States.ArrayContains(States.Array(1), 1.0)", json!(true)),
        ("States.ArrayRange(1, 9, 2)", json!([1, 3, 5, 7, 9])),
        ("States.ArrayRange(3, 1, -1)", json!([3, 2, 1])),
        ("States.ArrayRange(1, 1001, 1)", failure()),
        ("States.ArrayRange(1, 9, 0)", failure()),
        ("States.ArrayGetItem($.files[0].tags, 1)", json!("b")),
        ("States.ArrayGetItem($.files[0].tags, 2)", failure()),
        ("States.ArrayGetItem($.files[0].tags, -1)", failure()),
        ("States.ArrayLength($.files)", json!(3)),
        ("States.ArrayLength($.name)", failure()),
        ("States.ArrayUnique(States.Array(1, 2, 1.0, 'a', 'a'))", json!([1, 2, "a"])),
        ("States.Base64Encode('Data to encode')", json!("RGF0YSB0byBlbmNvZGU=")),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", json!("Data to encode")),
        ("States.Base64Decode('?')", failure()),
        ("States.Hash('a', 'MD5')", json!("0cc175b9c0f1b6a831c399e269772661")),
        ("States.Hash('a', 'SHA-1')", json!("86f7e437faa5a7fce15d1ddcb9eaeaea377667b8")),
        (
            "States.Hash('a', 'SHA-256')",
            json!("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ),
        ("States.Hash('a', 'CRC')", failure()),
        (
            "States.JsonMerge($.files[1], $.files[2], false)",
            json!({ "id": "F3", "size": 20, "tags": [], "deleted": true }),
        ),
        ("States.JsonMerge($.files[1], $.files[2], true)", failure()),
        ("States.MathAdd(-1.5, 0.5)", json!(0)),
        ("States.MathAdd(2147483648, 0)", failure()),
        ("States.MathAdd('1', 0)", failure()),
        ("States.MathRandom(5, 6)", json!(5)),
        ("States.MathRandom(5, 5)", failure()),
        ("States.StringSplit('a.b+c..d', '.+')", json!(["a", "b", "c", "d"])),
        ("States.ArrayLength(States.StringSplit('a,b', ','))", json!(2)),
    ]);
}

#[test]
fn randomness_is_the_callers() {
    assert_eq!(give("States.UUID()"), give("States.UUID()"));
    assert_eq!(give("States.MathRandom(1, 1000, 5)"), give("States.MathRandom(1, 1000, 5)"));
    let uuid = give("States.UUID()");
    let uuid = uuid.as_str().expect("a string");
    let parts: Vec<_> = uuid.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    assert_eq!((&uuid[14..15], "89ab".contains(&uuid[19..20])), ("4", true));
    let (data, seed) = (json!(null), Seed::new(0));
    let scope = Scope::new(&data, &data, &seed);
    let once =
        || Expression::parse("States.UUID()").expect("a call").evaluate("id.$", &scope).expect("an id");
    assert_ne!(once(), once());
}

#[test]
fn what_aws_says() {
    let (input, context) = (json!({ "a": { "b": 1 } }), json!({}));
    let seed = Seed::new(0);
    let scope = Scope::new(&input, &context, &seed);
    let cause =
        |path: &str| Path::parse(path).expect("a path").select(&scope).expect_err("nothing there").cause;
    assert_eq!(cause("$.x"), "Invalid path '$.x' : No results for path: $['x']");
    assert_eq!(cause("$.x.y"), "Invalid path '$.x.y' : Missing property in path $['x']");
    let template = Template::new(json!({ "value.$": "$.x" })).expect("a template");
    let error = template.render("Parameters", &scope).expect_err("nothing there");
    assert_eq!(
        error.to_string(),
        "States.Runtime: The JSONPath '$.x' specified for the field 'value.$' could not be found in the input \
         '{\"a\":{\"b\":1}}'"
    );
}

/// A state without paths hands `null` on; a path is not applied to it.
#[test]
fn no_path_is_applied_to_null() {
    let seed = Seed::new(0);
    let scope = Scope::new(&Value::Null, &Value::Null, &seed);
    let cause = "Unable to apply Path transformation to null or empty input.";
    for path in ["$", "$.a"] {
        let template = Template::new(json!({ "value.$": path })).expect("a template");
        assert_eq!(template.render("Parameters", &scope).expect_err(path).cause, cause);
        let rule: Rule =
            serde_json::from_value(json!({ "Variable": path, "IsString": true })).expect("a rule");
        assert_eq!(rule.holds(0, &scope).expect_err(path).cause, cause);
    }
}

#[test]
fn results_are_put() {
    let put = |path: &str, target: Value| match ReferencePath::parse(path).expect(path).put(target, json!(1))
    {
        Ok(value) => value,
        Err(error) => json!(error.to_string()),
    };
    assert_eq!(put("$", json!({ "a": 2 })), json!(1));
    assert_eq!(put("$.a.b", json!({})), json!({ "a": { "b": 1 } }));
    assert_eq!(put("$['a b']", json!({ "a": 2 })), json!({ "a": 2, "a b": 1 }));
    assert_eq!(put("$.a", json!({ "a": 2, "b": 3 })), json!({ "a": 1, "b": 3 }));
    assert_eq!(put("$.a[1]", json!({ "a": [5, 6] })), json!({ "a": [5, 1] }));
    let refused = "States.ResultPathMatchFailure: Unable to apply ReferencePath $.a.b to input {\"a\":2}";
    assert_eq!(put("$.a.b", json!({ "a": 2 })), json!(refused));
    assert!(put("$.a[2]", json!({ "a": [5, 6] })).is_string());
    assert!(put("$.a[0]", json!({})).is_string());
    assert!(put("$.a", json!([])).is_string());
}

#[test]
fn rules() {
    let holds = |rule: Value| {
        let rule: Rule =
            serde_json::from_value(rule.clone()).unwrap_or_else(|error| panic!("{rule}: {error}"));
        let written = serde_json::to_value(&rule).expect("a rule");
        assert_eq!(serde_json::from_value::<Rule>(written).expect("its own JSON"), rule);
        let (input, context) = (input(), json!({ "Time": "2026-11-21T10:00:00+01:00" }));
        rule.holds(0, &Scope::new(&input, &context, &Seed::new(0)))
    };
    let matches = |pattern: &str, text: &str| {
        let rule: Rule =
            serde_json::from_value(json!({ "Variable": "$", "StringMatches": pattern })).expect("a rule");
        rule.holds(0, &Scope::new(&json!(text), &Value::Null, &Seed::new(0))).expect("a text")
    };
    assert!(matches("log-*.txt", "log-1.txt"));
    assert!(matches("*", "") && matches("a*b*c", "abbc") && matches("**", "x"));
    assert!(!matches("a*ba", "aba1") && !matches("ab*ba", "aba") && !matches("a", "ab"));
    assert!(matches(r"a\*b", "a*b") && !matches(r"a\*b", "axb") && matches(r"a\\*", r"a\x"));
    assert_eq!(holds(json!({ "Variable": "$.absent", "IsPresent": false })), Ok(true));
    assert_eq!(holds(json!({ "Variable": "$.nothing", "IsPresent": true })), Ok(true));
    assert_eq!(holds(json!({ "Variable": "$.files[3]", "IsPresent": true })), Ok(false));
    assert_eq!(holds(json!({ "Variable": "$.limit", "StringEquals": "15" })), Ok(false));
    let earlier = json!({ "Variable": "$$.Time", "TimestampLessThan": "2026-11-21T09:00:01Z" });
    assert_eq!(holds(earlier.clone()), Ok(true));
    assert_eq!(holds(json!({ "Variable": "$$.Time", "IsTimestamp": true })), Ok(true));
    assert_eq!(
        holds(json!({ "And": [earlier, { "Not": { "Variable": "$.name", "IsNumeric": false } }] })),
        Ok(false)
    );
    assert_eq!(holds(json!({ "Variable": "$.limit", "NumericEqualsPath": "$.limit" })), Ok(true));
    let error = holds(json!({ "Variable": "$.absent", "IsNull": true })).expect_err("nothing there");
    assert_eq!(
        error.cause,
        "Invalid path '$.absent': The choice state's condition path references an invalid value."
    );
}
