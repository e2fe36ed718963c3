//! How many arguments the functions take.

use super::signature;

/// What is wrong with a call of this function, unless nothing is.
pub(super) fn wrong_call(name: &str, given: usize) -> Option<String> {
    let (least, most) = signature::argument_counts(name)?;
    if (least..=most).contains(&given) {
        return None;
    }
    let takes = match most {
        usize::MAX => format!("at least {least}"),
        most if least == most => least.to_string(),
        most => format!("{least} to {most}"),
    };
    let plural = if takes == "1" || takes.ends_with("least 1") { "" } else { "s" };
    Some(format!("${name} takes {takes} argument{plural}, not {given}"))
}

/// Whether there is a function of this name.
pub(super) fn is_function(name: &str) -> bool {
    signature::argument_counts(name).is_some()
}
