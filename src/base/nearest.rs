//! The nearest valid name to a mistyped one.

/// Nothing longer is mistyped: telling how far apart two names are takes the product of their lengths.
const LONGEST: usize = 200;

/// The candidate nearest to `name`, if it is near enough to be meant: at most a third of its
/// characters differ (Damerau–Levenshtein distance), or it differs only in case, `-` and `_`.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let wanted = plain(name);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            // Two names without a character in common are not near, however short they are.
            let longer = wanted.chars().count().max(candidate.chars().count());
            let most = name.len().max(candidate.len()).div_ceil(3).min(longer.saturating_sub(1));
            Some((distance(&wanted, &plain(candidate), most)?, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The candidate that `name` misses by a slip of the pen: one or two characters of a longer name.
pub fn slip<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| distance(name, candidate, 2.min(candidate.len() / 4)).is_some();
    candidates.into_iter().find(near)
}

/// How far apart two names are, if that is at most `most`; they are no nearer than their lengths.
fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    if one.len().max(other.len()) > LONGEST || one.chars().count().abs_diff(other.chars().count()) > most {
        return None;
    }
    Some(strsim::damerau_levenshtein(one, other)).filter(|distance| *distance <= most)
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
        assert_eq!((nearest("3", ["1", "2"]), nearest("A", ["a", "b"])), (None, Some("a")));
        // Comparing these letter by letter would take hours.
        let long = "x".repeat(1 << 20);
        assert_eq!(nearest(&long, [long.as_str(), "x", &long[1..]]), None);
        assert_eq!((slip("temlpate", names), slip("tenplates2", names)), (Some("template"), None));
    }
}
