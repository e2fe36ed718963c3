//! What queries of JSONata give, case by case, and what holds for any text.

use ackflow_asl::{Bindings, MachineType, Query, QueryError, Seed, validate};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn evaluate(query: &Query) -> Result<Value, QueryError> {
    evaluate_with(query, &Map::from_iter([("limit".to_owned(), json!(15))]))
}

fn evaluate_with(query: &Query, variables: &Map<String, Value>) -> Result<Value, QueryError> {
    let input = json!({
        "files": [
            { "id": "F1", "size": 10 },
            { "id": "F2", "size": 20 }
        ],
        "name": "Möbius",
        "nothing": null
    });
    let context = json!({ "Execution": { "Name": "run" } });
    let states = &[("input", &input), ("context", &context)];
    let now = "2026-01-02T03:04:05.678Z".parse().expect("a time");
    query.evaluate(&Bindings { states, variables, entropy: &Seed::new(7), now })
}

fn read(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn give(text: &str) -> Result<Value, QueryError> {
    evaluate(&read(text))
}

fn all(cases: &[(&str, Value)]) {
    for (text, expected) in cases {
        assert_eq!(give(text).as_ref(), Ok(expected), "{text}");
    }
}

/// The expressions fail, with a message that begins so.
fn fail(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        match give(text) {
            Err(QueryError::Failed { message }) => {
                assert!(message.starts_with(expected), "{text}: {message}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

fn nothing(texts: &[&str]) {
    for text in texts {
        assert_eq!(give(text), Err(QueryError::Undefined), "{text}");
    }
}

#[test]
fn only_what_the_delimiters_enclose_is_a_query() {
    let cases = [
        ("{% $x %}", Some("$x")),
        ("{%$x%}", Some("$x")),
        ("{%\n  $x\n%}", Some("$x")),
        ("{%%}", Some("")),
        (" {% $x %}", None),
        ("{% $x %} ", None),
        ("{% $x", None),
        ("{%}", None),
        ("$x", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(Query::delimited(text), expected, "{text}");
    }
}

#[test]
fn values() {
    all(&[
        ("null", json!(null)),
        ("true", json!(true)),
        ("'a' & 'b'", json!("ab")),
        ("[]", json!([])),
        ("[0]", json!([0])),
        ("[1, 'two', 3]", json!([1, "two", 3])),
        ("$name := 1", json!(1)),
        ("$states.input.name", json!("Möbius")),
        ("$states.input.nothing", json!(null)),
        ("$states.input.files.size", json!([10, 20])),
        ("$states.input.files[size > $limit].id", json!("F2")),
        ("$states.input.files[size > $limit].id[]", json!(["F2"])),
        ("$states.input.files[$.size = 10].id", json!("F1")),
        ("$states.input.files^(>size)[0].id", json!("F2")),
        ("$states.input.files{ id: size }", json!({ "F1": 10, "F2": 20 })),
        ("$count($states.input.files)", json!(2)),
        ("$map($states.input.files, function($file) { $file.size / 10 })", json!([1, 2])),
        ("$states.context.Execution.Name", json!("run")),
        ("$exists($states.result) ? 'some' : 'none'", json!("none")),
        (r"$contains('hello$world', /^hello\ /)", json!(false)),
        ("$merge([{ 'a': 1 }, { 'b': 2 }])", json!({ "a": 1, "b": 2 })),
    ]);
}

#[test]
fn whole_numbers_are_integers() {
    for (text, expected) in [("1.0", "1"), ("10 / 5", "2"), ("10 / 4", "2.5"), ("-0", "0"), ("1e3", "1000")] {
        assert_eq!(give(text).map(|value| value.to_string()).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn undefined_is_left_out_or_an_error() {
    nothing(&["$absent", "$states.input.absent", "$states.result", "$absent.name", "()", "$sum($absent)"]);
    all(&[
        ("{ 'a': $absent, 'b': 1 }", json!({ "b": 1 })),
        ("[1, $absent]", json!([1])),
        ("{ 'a': { 'b': $absent } }", json!({ "a": {} })),
    ]);
}

#[test]
fn failures_have_the_codes_of_jsonata() {
    fail(&[
        ("'a' + 1", "T2001: "),
        ("1 + 'a'", "T2002: "),
        ("1 < 'a'", "T2009: "),
        ("$number('a')", "D3030: "),
        ("$sum('a')", "T0412: "),
        ("$absent()", "T1006: "),
        ("$error('why')", "D3137: why"),
    ]);
}

#[test]
fn a_function_is_no_result() {
    for text in ["$sum", "$uuid", "function($x) { $x }", "/a/", "{ 'a': $sum }"] {
        fail(&[(text, "the result is a function")]);
    }
}

#[test]
fn partition() {
    all(&[
        ("$partition([1, 2, 3, 4, 5], 2)", json!([[1, 2], [3, 4], [5]])),
        ("$partition([1, 2], 5)", json!([[1, 2]])),
        ("$partition(1, 5)", json!([[1]])),
    ]);
    nothing(&["$partition($absent, 2)"]);
    fail(&[
        ("$partition([1], 0)", "the chunk size"),
        ("$partition([1], -1)", "the chunk size"),
        ("$partition([1], 1.5)", "T0410: Argument 2 of function \"partition\""),
        ("$partition([1])", "T0410: Argument 2 of function \"partition\""),
    ]);
}

/// The first four are recorded from AWS.
#[test]
fn range() {
    all(&[
        ("$range(0, 9, 3)", json!([0, 3, 6, 9])),
        ("$range(0, 10, 3)", json!([0, 3, 6, 9])),
        ("$range(1, 9, 9)", json!(1)),
        ("$range(1, 9, 2)", json!([1, 3, 5, 7, 9])),
        ("$range(3, 1, -1)", json!([3, 2, 1])),
    ]);
    nothing(&["$range(1, 0, 1)", "$range($absent, 1, 1)"]);
    fail(&[
        ("$range(0, 1, 0)", "the step of $range"),
        ("$range(0, 1)", "T0410: Argument 3 of function \"range\""),
        ("$range('0', 1, 1)", "T0410: Argument 1 of function \"range\""),
        ("$range(0, 1e15, 1)", "the range has more than"),
    ]);
}

#[test]
fn hash() {
    let digests = [
        ("MD5", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "SHA-384",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            "SHA-512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];
    for (algorithm, digest) in digests {
        assert_eq!(give(&format!("$hash('abc', '{algorithm}')")), Ok(json!(digest)), "{algorithm}");
    }
    nothing(&["$hash($absent, 'MD5')"]);
    fail(&[
        ("$hash('abc', 'CRC')", "unknown algorithm"),
        ("$hash('abc')", "T0410: Argument 2 of function \"hash\""),
        ("$hash(1, 'MD5')", "T0410: Argument 1 of function \"hash\""),
    ]);
}

#[test]
fn parse() {
    all(&[
        (r#"$parse('{"a":[1,2.5,null]}')"#, json!({ "a": [1, 2.5, null] })),
        (r#"$parse('{"a":{"b":1}}').a.b"#, json!(1)),
        ("$map(['1', '[2]'], $parse)", json!([1, [2]])),
    ]);
    nothing(&["$parse($absent)"]);
    fail(&[
        ("$parse('{')", "the argument of $parse is not JSON"),
        ("$parse(1)", "T0410: Argument 1 of function \"parse\""),
        ("$parse()", "T0410: Argument 1 of function \"parse\""),
    ]);
}

#[test]
fn randomness_comes_from_the_entropy() {
    for text in ["$random()", "$random(5)", "$uuid()", "$shuffle([1..20])"] {
        assert_eq!(give(text), give(text), "{text}");
    }
    all(&[
        ("($n := $random(); $n >= 0 and $n < 1)", json!(true)),
        ("$random() = $random()", json!(false)),
        ("$random(5) = $random(5)", json!(true)),
        ("$random(5) = $random(6)", json!(false)),
        (
            "$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)",
            json!(true),
        ),
        ("$uuid() = $uuid()", json!(false)),
        ("$sort($shuffle([3, 1, 2]))", json!([1, 2, 3])),
        ("$shuffle([1..20]) = [1..20]", json!(false)),
    ]);
    fail(&[
        ("$random('a')", "T0410: Argument 1 of function \"random\""),
        ("$shuffle()", "T0410: Argument 1 of function \"shuffle\""),
    ]);
}

#[test]
fn the_time_is_what_the_bindings_say() {
    all(&[
        ("$millis()", json!(1_767_323_045_678_i64)),
        ("$now()", json!("2026-01-02T03:04:05.678Z")),
        ("$now('[Y0001]/[M01]')", json!("2026/01")),
        ("$now('[H01]:[m01]', '+0100')", json!("04:04")),
        ("$toMillis($now()) = $millis()", json!(true)),
    ]);
}

#[test]
fn what_aws_does_not_have_is_refused() {
    let cases = [
        ("$x ?: 1", "no ?:"),
        ("$x ?? 1", "no ??"),
        ("", ""),
        ("1 +", ""),
        ("$x[", ""),
        ("'open", ""),
        ("1 2", ""),
    ];
    for (text, expected) in cases {
        let error = Query::parse(text).expect_err(text);
        assert!(error.message.contains(expected), "{error}");
        assert_eq!(error.text, text);
    }
}

#[test]
fn eval_fails_when_it_is_called() {
    fail(&[
        ("$eval('1')", "T1006: "),
        ("$map(['1', '2'], $eval)", "T1006: "),
        ("($later := $eval; $later('1'))", "T1006: "),
        ("($f := function() { $eval('1') }; $f())", "T1006: "),
        ("$replace('a', /a/, $states.input.name = '' ? $eval : function() { $eval('1') })", "T1006: "),
    ]);
    all(&[("true ? 1 : $eval('1')", json!(1)), ("($eval := function($x) { $x + 1 }; $eval(1))", json!(2))]);
    assert!(read("$eval('1')").free_variables().is_empty());
}

#[test]
fn free_variables() {
    let cases: [(&str, &[&str]); 11] = [
        ("$b + $a + $b", &["b", "a"]),
        ("$states.input.name", &[]),
        ("$sum($sizes)", &["sizes"]),
        ("$helper(1)", &["helper"]),
        ("($x := $y; $x + $y)", &["y"]),
        ("$x := $x + 1", &["x"]),
        ("(($x := 1); $x)", &["x"]),
        ("$map($states.result, function($v) { $v + $z })", &["z"]),
        ("$states.input.files#$at[$at < $limit].{ 'at': $at }", &["limit"]),
        ("$states.input.files@$f.tags[$f.id = $id]", &["id"]),
        (
            "($even := function($n) { $n = 0 or $odd($n - 1) };
              $odd := function($n) { $n != 0 and $even($n - 1) };
              $even($n))",
            &["n"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).free_variables(), expected, "{text}");
    }
}

#[test]
fn fields_of_the_states() {
    let cases: [(&str, &[&str]); 4] = [
        ("$states.input.a & $states.context.Execution.Name & $states.input.b", &["input", "context"]),
        ("$map($states.result, function($v) { $v })", &["result"]),
        ("$states", &[]),
        ("1", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).states_fields(), expected, "{text}");
    }
}

#[test]
fn there_is_no_context_at_the_top_level() {
    let cases: [(&str, &[&str]); 21] = [
        ("$", &["$"]),
        ("$$.name", &["$$"]),
        ("name", &["name"]),
        ("name & other & name", &["name", "other"]),
        ("(name).other", &["name"]),
        ("name[inner].other", &["name"]),
        ("states.input", &["states"]),
        ("sum([1])", &["sum"]),
        ("{ name: 1 }", &["name"]),
        ("$map($states.result, function($v) { name })", &["name"]),
        ("$map($states.result, function($v) { $ })", &["$"]),
        ("$states.input[$$.name]", &["$$"]),
        ("$states.input.(name & $)", &[]),
        ("$states.input[name = 1].*", &[]),
        ("$states.input.files^(size)", &[]),
        ("$states.input.files{ id: size }", &[]),
        ("$states.input ~> |files|{ 'size': 0 }, ['id']|", &[]),
        ("$count($states.result[$ = 1])", &[]),
        ("{ 'a': 1 }.name", &[]),
        ("*", &[]),
        ("**.name", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).top_level_references(), expected, "{text}");
    }
}

#[test]
fn what_runs_away_is_stopped() {
    fail(&[
        ("($f := function($n) { 1 + $f($n) }; $f(0))", "D1011: "),
        ("($f := function($n) { $f($n) }; $f(0))", "D1012: "),
        ("[1..2000000]", "D2015: "),
        ("[-9e18..9e18]", ""),
        ("$reduce([1..200], function($inner, $n) { { 'a': $inner } }, 0)", "the result is nested deeper"),
    ]);
}

/// What a single function or operator could make, which looks at no clock.
#[test]
fn what_grows_without_end_is_stopped() {
    let doubled = |step: &str| format!("$reduce([1..60], function($all, $n) {{ {step} }}, ['x'])");
    let million = "($long := $pad('', 1000000, 'a'); ";
    let cases = [
        ("$pad('x', 1e9)".to_owned(), "D2015: "),
        ("$pad('x', -1e9, 'ab')".to_owned(), "D2015: "),
        ("'x' ~> $pad(1e9)".to_owned(), "D2015: "),
        ("$states.input.name.$pad(1e9)".to_owned(), "D2015: "),
        ("($wide := $pad(?, 1e9); $wide('x'))".to_owned(), "D2015: "),
        ("($f := $pad; $f('x', 1e9))".to_owned(), "D2015: "),
        ("$reduce(['x', 1e9], $pad)".to_owned(), "D2015: "),
        ("$formatInteger(1e15, 'I')".to_owned(), "D2015: "),
        ("$fromMillis(0, '[Y,999999999]')".to_owned(), "D2015: "),
        ("$now('[D,99999999999999999999]')".to_owned(), "D2015: "),
        (format!("{million} $join($map([1..1000], function() {{ $long }})))"), "D2015: "),
        (format!("{million} $join($map([1..1000], $string), $long))"), "D2015: "),
        (format!("{million} $replace($long, 'a', $long))"), "D2015: "),
        ("$replace($pad('', 20000, 'a'), /a/, $pad('', 1000, 'b'))".to_owned(), "D2015: "),
        (format!("{million} $long.$replace('a', $long))"), "D2015: "),
        (format!("{million} $split($long & $long, ''))"), "D2015: "),
        (format!("{million} $match($long & $long, /a/))"), "D2015: "),
        (format!("{million} $long.$match(/a/))"), "D2015: "),
        (format!("{million} $long ~> $match(/a/))"), "D2015: "),
        (format!("{million} $long ~> $match(/a/)[0])"), "D2015: "),
        (format!("{million} $map([$long], $match(?, /a/)))"), "D2015: "),
        (format!("{million} $long ~> $replace(/a/, ''))"), "D2015: "),
        (format!("{million} $map([$long], $replace(?, 'a', $long)))"), "D2015: "),
        (format!("{million} $r := $replace; $r($long, 'a', $long))"), "D2015: "),
        (format!("{million} $m := $match; $m($long, /a/))"), "D2015: "),
        (doubled("$all & $all"), "D2015: "),
        (doubled("[$all, $all]"), "D2015: "),
        (doubled("{ 'a': $all, 'b': $all }"), "D2015: "),
        (doubled("{ 'a': $all, 'b': $all }").replace("$reduce", "$string($reduce") + ")", "D2015: "),
        (doubled("{ 'a': $all, 'b': $all }").replace("$reduce", "'' & ($reduce") + ")", "D2015: "),
        ("($f := function() { $replace('a', /a/, $f) }; $f())".to_owned(), "D1011: "),
    ];
    for (text, expected) in cases {
        fail(&[(&text, expected)]);
    }
}

/// `$distinct` and `$keys` would compare each with every other. A query looks at the clock after each of them: minutes
/// would be too long for it.
#[test]
fn large_data_takes_no_longer_than_it_must() {
    const COUNT: usize = 100_000;
    let rows: Vec<Value> = (0..COUNT).map(|at| json!({ format!("key {at}"): at })).collect();
    let variables = Map::from_iter([("rows".to_owned(), json!(rows))]);
    for text in ["($all := $distinct([1..100000]); $count($all))", "($all := $keys($rows); $count($all))"] {
        assert_eq!(evaluate_with(&read(text), &variables), Ok(json!(COUNT)), "{text}");
    }
    fail(&[("$distinct([1..300000].{ 'a': $ })", "D1012: ")]);
}

#[test]
fn within_bounds_functions_are_those_of_jsonata() {
    all(&[
        (
            "$distinct([1, '1', 1, [1], [1], { 'a': 1 }, { 'a': 1 }, null, null, true])",
            json!([1, "1", [1], { "a": 1 }, null, true]),
        ),
        ("$distinct('a')", json!("a")),
        ("[$distinct([1, 1])]", json!([1])),
        ("[[1, 1], [2, 2]].$distinct($)", json!([1, 2])),
        ("$keys([{ 'a': 1 }, 2, { 'b': 1, 'a': 2 }])", json!(["a", "b"])),
        ("$keys({ 'a': 1 })", json!("a")),
        ("$states.input.files.$keys()", json!(["id", "size", "id", "size"])),
        ("$states.input.name.$pad(8, '#')", json!("Möbius##")),
        ("$states.input.name.$split('b')", json!(["Mö", "ius"])),
        ("$states.input.files.size.$string()", json!(["10", "20"])),
        ("$map([1, 2], $string)", json!(["1", "2"])),
        ("($add := $pad(?, 3, '-'); $add('a'))", json!("a--")),
        ("'a,b' ~> $split(',') ~> $join(';')", json!("a;b")),
        ("$replace('abcabc', 'b', 'x', 1)", json!("axcabc")),
        ("$replace('265USD', /([0-9]+)USD/, '$$$1')", json!("$265")),
        ("$states.input.name.$replace('b', 'x')", json!("Möxius")),
        ("$replace('abc', /b/, function($m) { $uppercase($m.match) })", json!("aBc")),
        ("($f := function($m) { $string($m.start) & $limit }; $replace('abc', /b/, $f))", json!("a115c")),
        ("$match('abab', /a/).match", json!(["a", "a"])),
        ("$formatInteger(2026, 'I')", json!("MMXXVI")),
        ("$formatInteger(1e15, '#,##0')", json!("1,000,000,000,000,000")),
        ("$fromMillis(0, '[Y0001]-[M01]-[D01]', '+1400')", json!("1970-01-01")),
        ("$string({ 'a': 1 }, true)", json!("{\n  \"a\": 1\n}")),
        ("'a' & 1 & null & $absent & [1]", json!("a1null[1]")),
        ("[$states.input.files, 3, [4]].size", json!([10, 20])),
        ("($string := function($x) { $x }; $string(1))", json!(1)),
        ("($string := $uppercase; $string('a'))", json!("A")),
        ("$match('a', /a/)[].match", json!(["a"])),
        ("$states.input.name.$match(/b/)[].index", json!([2])),
        ("$count('abab' ~> $match(/a/))", json!(2)),
        ("($m := $match; $m('abab', /a/).match)", json!(["a", "a"])),
        ("($m := $match(?, /a/); $m('xa').index)", json!(1)),
        ("$filter(['a', 'b'], $match(?, /a/))", json!("a")),
        ("$map(['abc', 'cba'], $replace(?, 'b', 'x'))", json!(["axc", "cxa"])),
        ("($r := $replace; $r('abc', 'b', 'x'))", json!("axc")),
        ("$states.input.name.$replace('b', 'x', 1)", json!("Möxius")),
        ("$replace('aba', /a/, function($m) { $replace($m.match, 'a', 'xx') })", json!("xxbxx")),
        ("'a b' ~> $replace(' ', '') ~> $uppercase", json!("AB")),
    ]);
    nothing(&["$distinct($absent)", "$keys({})", "$pad($absent, 3)", "$match($absent, /a/)"]);
    fail(&[
        ("$pad(1, 2)", "T0410: "),
        ("$distinct([1], [2])", "T0410: "),
        ("$join([1])", "T0412: "),
        ("$string(1, 2, 3)", "T0410: "),
    ]);
}

#[test]
fn a_piped_value_is_an_argument_of_a_call_and_none_of_a_partial_one() {
    let is_valid = |text: &str| {
        let state = json!({ "Type": "Pass", "Output": format!("{{% {text} %}}"), "End": true });
        let machine = json!({ "QueryLanguage": "JSONata", "StartAt": "A", "States": { "A": state } });
        validate(&machine.to_string(), MachineType::Standard).is_empty()
    };
    for text in ["['a'] ~> $join('-')", "['a'] ~> $join(?, '-')", "'a' ~> $join(['b'], ?)"] {
        assert!(is_valid(text), "{text}");
    }
    for text in ["['a'] ~> $join('-', '-')", "['a'] ~> $join(?, '-', '-')"] {
        assert!(!is_valid(text), "{text}");
    }
}

#[test]
fn a_name_that_is_bound_elsewhere_is_still_that_of_the_function() {
    all(&[
        (
            "[$map([1, 2], function($string) { $string & '' }), $states.input.files.size.$string()]",
            json!(["1", "2", "10", "20"]),
        ),
        ("[$states.input.files.size.$string(), ($string := 1; $string)]", json!(["10", "20", 1])),
        ("[$map(['a'], function($match) { $match }), $match('b', /b/).index]", json!(["a", 0])),
    ]);
}

/// The reference gives the same.
#[test]
fn a_replacement_sees_what_is_bound_after_it() {
    all(&[(
        "($f := function($m) { $g($m.match) }; $g := function($x) { $uppercase($x) }; $replace('aba', /a/, $f))",
        json!("AbA"),
    )]);
}

#[test]
fn a_variable_takes_the_place_of_a_function() {
    let variables =
        Map::from_iter(["string", "match", "replace"].map(|name| (name.to_owned(), json!("mine"))));
    let evaluate = |text: &str| evaluate_with(&read(text), &variables);
    assert_eq!(evaluate("[$string, $match, $replace]"), Ok(json!(["mine", "mine", "mine"])));
    for text in ["$string(1)", "$match('a', /a/)", "$replace('a', 'a', 'b')", "'a' ~> $match(/a/)"] {
        let message = "T1006: Attempted to invoke a non-function".to_owned();
        assert_eq!(evaluate(text), Err(QueryError::Failed { message }), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,60}") {
        let _ = Query::delimited(&text);
        let _ = Query::parse(&text).map(|query| evaluate(&query));
        let _ = Query::parse(&format!("$states.input[{text}]")).map(|query| evaluate(&query));
    }

    #[test]
    fn no_punctuation_panics(text in r"[$@#%^.\[\](){}'?!&|=<>*:;~,/0-9a -]{0,40}") {
        if let Ok(query) = Query::parse(&text) {
            let _ = (query.free_variables(), query.states_fields(), query.top_level_references());
            let _ = evaluate(&query);
        }
    }
}
