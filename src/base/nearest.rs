//! The nearest valid name to a mistyped one.

/// The candidate nearest to `name`, if it is near enough to be meant: at most a third of its
/// characters differ (Damerau–Levenshtein distance), or it differs only in case, `-` and `_`.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let wanted = plain(name);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= name.len().max(candidate.len()).div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The candidate that `name` misses by a slip of the pen: one or two characters of a longer name.
pub fn slip<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| strsim::damerau_levenshtein(name, candidate) <= 2.min(candidate.len() / 4);
    candidates.into_iter().find(near)
}

#[cfg(test)]
mod tests {
    use super::{nearest, slip};

    #[test]
    fn a_typo_finds_its_name_and_a_stranger_finds_none() {
        let names = ["template", "payload", "base_url"];
        assert_eq!(nearest("templat", names), Some("template"));
        assert_eq!(nearest("base-url", names), Some("base_url"));
        assert_eq!(nearest("cooldown", names), None);
        assert_eq!((slip("temlpate", names), slip("tenplates2", names)), (Some("template"), None));
    }
}
