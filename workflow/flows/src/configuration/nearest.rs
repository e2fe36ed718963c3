//! Which name was meant by one that does not exist.

/// What to do about a name that does not exist: `did you mean "prod"?`.
pub(crate) fn did_you_mean<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.collect();
    let tolerated = (wanted.chars().count() / 3).clamp(1, 4);
    let nearest = candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((_, candidate)) => format!("did you mean {candidate:?}?"),
        None if candidates.is_empty() => "leave it out".to_owned(),
        None => format!("there is {}", candidates.join(", ")),
    }
}
