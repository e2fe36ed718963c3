//! What is said of an expression that fails, or is none: the words of JSONata 2.0.6, which AWS passes on. Each was
//! got from the reference.

use ackflow_asl::{Bindings, Query, QueryError, Seed};
use serde_json::{Map, Value, json};

fn give(text: &str) -> Result<Value, QueryError> {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let input = json!({ "items": [{ "a": 1 }, { "a": "x" }], "name": "Ada" });
    let bindings = Bindings {
        states: &[("input", &input)],
        variables: &Map::new(),
        entropy: &Seed::new(7),
        now: "2026-01-02T03:04:05.678Z".parse().expect("a time"),
    };
    query.evaluate(&bindings)
}

#[track_caller]
fn fail(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(give(text), Err(QueryError::Failed { message: (*expected).to_owned() }), "{text}");
    }
}

#[track_caller]
fn refuse(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = Query::parse(text).expect_err(text);
        assert_eq!(error.message, *expected, "{text}");
    }
}

fn mismatch(argument: usize, function: &str) -> String {
    format!("T0410: Argument {argument} of function \"{function}\" does not match function signature")
}

#[test]
fn arguments_are_checked_against_the_signature() {
    let cases = [
        ("$abs('a')", 1, "abs"),
        ("$abs(null)", 1, "abs"),
        ("$sum()", 1, "sum"),
        ("$sum([1], 2)", 2, "sum"),
        ("$substring('a', 'b')", 2, "substring"),
        ("$substring('a', 1, 'b')", 3, "substring"),
        ("$replace('a')", 2, "replace"),
        ("$number({ 'a': 1 })", 1, "number"),
        ("$number(null)", 1, "number"),
        ("$map([1])", 2, "map"),
        ("$map([1], 1)", 2, "map"),
        ("$sort([1], 1)", 2, "sort"),
        ("$pad(1, 2)", 2, "pad"),
        ("$join(['a'], 1)", 2, "join"),
        ("$lookup({}, 1)", 2, "lookup"),
        ("$each(1, function($v) { $v })", 1, "each"),
        ("$formatNumber('a', '0')", 2, "formatNumber"),
        ("$toMillis(1)", 1, "toMillis"),
        ("'a' ~> $abs()", 1, "abs"),
        ("1 + $abs($uppercase('a'))", 1, "abs"),
        ("$states.input.name ~> $uppercase ~> $substring('b')", 2, "substring"),
        ("$map(['a'], function($v) { $abs($v) })", 1, "abs"),
        ("$map(['a'], $abs)", 1, "map"),
        ("$replace('a', /a/, function($m) { $abs('b') })", 1, "abs"),
    ];
    for (text, argument, function) in cases {
        fail(&[(text, &mismatch(argument, function))]);
    }
    fail(&[("'a' ~> $abs", "T0410: Argument 1 of function undefined does not match function signature")]);
}

#[test]
fn the_items_of_an_array_are_of_one_type() {
    fail(&[
        ("$sum(['a'])", "T0412: Argument 1 of function \"sum\" must be an array of \"numbers\""),
        ("$sum([1, null])", "T0412: Argument 1 of function \"sum\" must be an array of \"numbers\""),
        ("$max('a')", "T0412: Argument 1 of function \"max\" must be an array of \"numbers\""),
        ("$join([1])", "T0412: Argument 1 of function \"join\" must be an array of \"strings\""),
        ("$merge([1])", "T0412: Argument 1 of function \"merge\" must be an array of \"objects\""),
    ]);
}

#[test]
fn the_context_is_of_the_type_of_the_argument_that_it_stands_for() {
    let of = |function: &str| {
        format!("T0411: Context value is not a compatible type with argument 1 of function \"{function}\"")
    };
    fail(&[
        ("$states.input.$length()", &of("length")),
        ("$states.input.$substringBefore('a')", &of("substringBefore")),
        ("$states.input.$lowercase()", &of("lowercase")),
    ]);
}

#[test]
fn operators_name_what_they_were_given() {
    fail(&[
        ("'a' + 1", "T2001: The left side of the \"+\" operator must evaluate to a number"),
        ("1 % 'a'", "T2002: The right side of the \"%\" operator must evaluate to a number"),
        ("[1.5..2]", "T2003: The left side of the range operator (..) must evaluate to an integer"),
        ("[1..'a']", "T2004: The right side of the range operator (..) must evaluate to an integer"),
        (
            "1 < 'a'",
            "T2009: The values 1 and \"a\" either side of operator \"<\" must be of the same data type",
        ),
        (
            "'a' >= 2.5",
            "T2009: The values \"a\" and 2.5 either side of operator \">=\" must be of the same data type",
        ),
        (
            "1 < true",
            "T2010: The expressions either side of operator \"<\" must evaluate to numeric or string values",
        ),
        ("-'a'", "D1002: Cannot negate a non-numeric value: \"a\""),
        ("-{ 'a': [1] }", "D1002: Cannot negate a non-numeric value: {\"a\":[1]}"),
        ("1 / 0 + 1", "D1001: Number out of range: null"),
        ("'' & 1 / 0", "D3001: Attempting to invoke string function on Infinity or NaN"),
        ("1 ~> 2", "T2006: The right side of the function application operator ~> must be a function"),
        ("$foo()", "T1006: Attempted to invoke a non-function"),
        (
            "$states.input.items^(a)",
            "T2007: Type mismatch when comparing values 1 and \"x\" in order-by clause",
        ),
        (
            "$states.input ~> |items|1|",
            "T2011: The insert/update clause of the transform expression must evaluate to an object: 1",
        ),
        (
            "$states.input ~> |items|{}, 1|",
            "T2012: The delete clause of the transform expression must evaluate to a string or array of strings: 1",
        ),
    ]);
}

#[test]
fn functions_name_what_they_were_given() {
    fail(&[
        ("$number('abc')", "D3030: Unable to cast value to a number: \"abc\""),
        ("$number('a\"b')", "D3030: Unable to cast value to a number: \"a\\\"b\""),
        ("$replace('a', '', 'b')", "D3010: Second argument of replace function cannot be an empty string"),
        (
            "$split('a', ',', -1)",
            "D3020: Third argument of split function must evaluate to a positive number",
        ),
        (
            "$formatNumber(1, '#;#;#')",
            "D3080: The picture string must only contain a maximum of two sub-pictures",
        ),
        (
            "$formatNumber(1, '0,')",
            "D3088: The sub-picture must not contain a 'grouping-separator' at the end of the integer part",
        ),
        (
            "$formatBase(1, 37)",
            "D3100: The radix of the formatBase function must be between 2 and 36.  It was given 37",
        ),
        (
            "$formatInteger(1, '①')",
            "D3130: Formatting or parsing an integer as a sequence starting with \"①\" is not supported by this \
             implementation",
        ),
        ("$fromMillis(1, '[Q]')", "D3132: Unknown component specifier \"Q\" in date/time picture string"),
        ("$fromMillis(1, '[]')", "D3132: Unknown component specifier \"\" in date/time picture string"),
        ("$fromMillis(1, '[Y')", "D3135: No matching closing bracket ']' in date/time picture string"),
        (
            "$single([1, 2])",
            "D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.",
        ),
        ("$error('T0410: mine')", "D3137: T0410: mine"),
    ]);
}

/// The reference writes them out.
#[test]
fn large_values_are_cut() {
    let start = "a".repeat(1024);
    fail(&[
        ("$number($pad('', 3000, 'a'))", &format!("D3030: Unable to cast value to a number: \"{start}…\"")),
        ("-$pad('', 3000, 'a')", &format!("D1002: Cannot negate a non-numeric value: \"{start}…\"")),
        ("-[1..2000]", "D1002: Cannot negate a non-numeric value: […]"),
        (
            "-$reduce([1..60], function($all, $n) { { 'a': $all, 'b': $all } }, 'x')",
            "D1002: Cannot negate a non-numeric value: {…}",
        ),
    ]);
}

#[test]
fn an_explanation_tells_of_the_random_number_that_was_drawn() {
    let number = give("$random()").expect("a number");
    let message = format!(
        "T2009: The values {number} and \"a\" either side of operator \"<\" must be of the same data type"
    );
    fail(&[("$random() < 'a'", &message)]);
}

#[test]
fn what_is_no_number_is_a_text_in_the_result() {
    assert_eq!(give("1 / 0"), Ok(json!("Infinity")));
    assert_eq!(give("{ 'k': -1 / 0 }"), Ok(json!({ "k": "-Infinity" })));
}

#[test]
fn numbers_and_urls_are_read_strictly() {
    let values = [
        ("$number('-1.5e3')", json!(-1500)),
        ("$number('01')", json!(1)),
        ("$number('0x1F')", json!(31)),
        ("$number(true)", json!(1)),
        ("$map(['1', 2], $number)", json!([1, 2])),
        ("$states.input.name.$encodeUrl()", json!("Ada")),
        ("$encodeUrl('a b&c=é')", json!("a%20b&c=%C3%A9")),
        ("$encodeUrlComponent('a b&c-d')", json!("a%20b%26c-d")),
        ("$decodeUrl('%3B%20%C3%A9')", json!("%3B é")),
        ("$decodeUrlComponent('%3B%20%C3%A9')", json!("; é")),
        ("$base64decode('YQ==')", json!("a")),
    ];
    for (text, expected) in values {
        assert_eq!(give(text), Ok(expected), "{text}");
    }
    fail(&[
        ("$number(' 5')", "D3030: Unable to cast value to a number: \" 5\""),
        ("$number('.5')", "D3030: Unable to cast value to a number: \".5\""),
        ("$number('')", "D3030: Unable to cast value to a number: \"\""),
        ("$decodeUrl('%')", "D3140: Malformed URL passed to $decodeUrl(): \"%\""),
        ("$decodeUrlComponent('%zz')", "D3140: Malformed URL passed to $decodeUrlComponent(): \"%zz\""),
        ("$base64decode('!')", "the argument of $base64decode is not Base64: it holds '!'"),
        ("$number({})", &mismatch(1, "number")),
        ("$encodeUrl(1)", &mismatch(1, "encodeUrl")),
    ]);
}

#[test]
fn what_is_no_expression() {
    refuse(&[
        ("a[1,2)", "S0202: Expected \"]\", got \",\""),
        ("{\"a\":}", "S0211: The symbol \"}\" cannot be used as a unary operator"),
        ("$match(\"a\", /abc", "S0302: No terminating / in regular expression"),
        ("'abc", "S0101: String literal must be terminated by a matching quote"),
        ("1)", "S0201: Syntax error: \")\""),
        ("1 2", "S0201: Syntax error: 2"),
        ("$x 'a'", "S0201: Syntax error: \"a\""),
        ("1 and true false", "S0201: Syntax error: false"),
        ("1 +", "S0207: Unexpected end of expression"),
        ("(1", "S0203: Expected \")\" before end of expression"),
        ("(1 +", "S0203: Expected \")\" before end of expression"),
        ("$sum([1,", "S0203: Expected \"]\" before end of expression"),
        ("{", "S0203: Expected \":\" before end of expression"),
        ("{\"a\": 1 +", "S0203: Expected \"}\" before end of expression"),
        ("{\"a\": 1,", "S0203: Expected \":\" before end of expression"),
        ("function($x){", "S0203: Expected \"}\" before end of expression"),
        ("$x ~> |a|", "S0203: Expected \"|\" before end of expression"),
        ("/*x", "S0106: Comment has no closing tag"),
        ("!", "S0204: Unknown operator: \"!\""),
        ("\"a\\q\"", "S0103: Unsupported escape sequence: \\\"q\""),
        ("1e999", "S0102: Number out of range: \"1e999\""),
        ("a@b", "S0214: The right side of \"@\" must be a variable name (start with $)"),
        (
            "function($x, y){1}",
            "S0208: Parameter 2 of function definition must be a variable name (start with $)",
        ),
    ]);
}

#[test]
fn what_the_reference_refuses_is_refused() {
    refuse(&[
        ("1 := 2", "S0212: The left side of := must be a variable name (start with $)"),
        ("($x := 1; $y.a := 2)", "S0212: The left side of := must be a variable name (start with $)"),
        ("1..2", "S0201: Syntax error: \"..\""),
        ("$sum(1..2)", "S0202: Expected \")\", got \"..\""),
        ("$x[1..2]", "S0202: Expected \"]\", got \"..\""),
        ("{\"a\": 1..2}", "S0202: Expected \"}\", got \"..\""),
        ("[(1..2)]", "S0202: Expected \")\", got \"..\""),
        ("[1..2..3]", "S0202: Expected \"]\", got \"..\""),
        ("$match('a', //)", "S0301: Empty regular expressions are not allowed"),
        ("/a/x", "S0201: Syntax error: \"x\""),
    ]);
    assert_eq!(give("[1..2, 5, 3 + 1..5][$ > 1]"), Ok(json!([2, 5, 4, 5])));
    assert_eq!(give("($x := 1; $x)"), Ok(json!(1)));
    assert_eq!(give("$contains('aB', /b/i)"), Ok(json!(true)));
}
