//! How many arguments the functions take.

/// Every function that there is, without `$`: those of JSONata 2.0.6 and AWS's own. Each with the fewest and the
/// most arguments of a call. Where the context may stand for the first argument, it need not be given.
///
/// Source: <https://docs.jsonata.org/2.0.0/string-functions> and the pages after it, and for AWS's functions
/// <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
pub(super) const ARITIES: &[(&str, usize, usize)] = &[
    ("abs", 0, 1),
    ("append", 2, 2),
    ("assert", 1, 2),
    ("average", 1, 1),
    ("base64decode", 0, 1),
    ("base64encode", 0, 1),
    ("boolean", 0, 1),
    ("ceil", 0, 1),
    ("contains", 1, 2),
    ("count", 1, 1),
    ("decodeUrl", 0, 1),
    ("decodeUrlComponent", 0, 1),
    ("distinct", 1, 1),
    ("each", 1, 2),
    ("encodeUrl", 0, 1),
    ("encodeUrlComponent", 0, 1),
    ("error", 0, 1),
    ("exists", 1, 1),
    ("filter", 2, 2),
    ("floor", 0, 1),
    ("formatBase", 0, 2),
    ("formatInteger", 1, 2),
    ("formatNumber", 1, 3),
    ("fromMillis", 0, 3),
    ("hash", 2, 2),
    ("join", 1, 2),
    ("keys", 0, 1),
    ("length", 0, 1),
    ("lookup", 1, 2),
    ("lowercase", 0, 1),
    ("map", 2, 2),
    ("match", 1, 3),
    ("max", 1, 1),
    ("merge", 1, 1),
    ("millis", 0, 0),
    ("min", 1, 1),
    ("not", 0, 1),
    ("now", 0, 2),
    ("number", 0, 1),
    ("pad", 1, 3),
    ("parse", 1, 1),
    ("parseInteger", 1, 2),
    ("partition", 2, 2),
    ("power", 1, 2),
    ("random", 0, 1),
    ("range", 3, 3),
    ("reduce", 2, 3),
    ("replace", 2, 4),
    ("reverse", 1, 1),
    ("round", 0, 2),
    ("shuffle", 1, 1),
    ("sift", 0, 2),
    ("single", 1, 2),
    ("sort", 1, 2),
    ("split", 1, 3),
    ("spread", 0, 1),
    ("sqrt", 0, 1),
    ("string", 0, 2),
    ("substring", 1, 3),
    ("substringAfter", 1, 2),
    ("substringBefore", 1, 2),
    ("sum", 1, 1),
    ("toMillis", 0, 2),
    ("trim", 0, 1),
    ("type", 1, 1),
    ("uppercase", 0, 1),
    ("uuid", 0, 0),
    ("zip", 1, usize::MAX),
];

/// What is wrong with a call of this function, unless nothing is.
pub(super) fn wrong_call(name: &str, given: usize) -> Option<String> {
    let (_, least, most) = ARITIES.iter().find(|(known, ..)| *known == name)?;
    if (*least..=*most).contains(&given) {
        return None;
    }
    let takes = match (*least, *most) {
        (least, usize::MAX) => format!("at least {least}"),
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    };
    let plural = if takes == "1" || takes.ends_with("least 1") { "" } else { "s" };
    Some(format!("${name} takes {takes} argument{plural}, not {given}"))
}

/// Whether there is a function of this name.
pub(super) fn is_function(name: &str) -> bool {
    ARITIES.iter().any(|(known, ..)| *known == name)
}
