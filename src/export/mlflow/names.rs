//! Names as MLflow takes them: letters, digits, `_`, `-`, `.`, space, `:` and `/`, of limited length, and as
//! a path that means itself. Another name is mapped, the same one always alike, and kept as a tag.

use std::borrow::Cow;

use crate::base::digest::Digest;

/// The longest name. MLflow takes 250 (<https://mlflow.org/docs/latest/api_reference/rest-api.html>, "Request
/// Limits"); a statistic, and what its tag begins with, stand beside it.
const LONGEST: usize = 220;

/// `name` as MLflow takes it. `p{a:b}` of k6 becomes `p a:b`; where something else is lost, digits of the
/// name's digest tell it from others.
pub(super) fn mapped(name: &str) -> Cow<'_, str> {
    if is_name(name) {
        return Cow::Borrowed(name);
    }
    if let Some(plain) = sub_metric(name).filter(|plain| is_name(plain)) {
        return Cow::Owned(plain);
    }
    let digits = Digest::of(name.as_bytes()).short();
    let replace = |c: char| if is_allowed(c) && c != '/' { c } else { '_' };
    let kept: String = name.chars().map(replace).take(LONGEST - digits.len() - 1).collect();
    // Two dots would lead upwards.
    Cow::Owned(format!("{}-{digits}", kept.trim_start_matches('.')))
}

/// `metric{tag:value,tag:value}` without braces; none where a space in it would make two names one.
fn sub_metric(name: &str) -> Option<String> {
    let (metric, tags) = name.strip_suffix('}')?.split_once('{')?;
    let is_clear = !name.contains([' ', '/']) && !tags.contains(['{', '}']);
    is_clear.then(|| format!("{metric} {}", tags.replace(',', " ")))
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-. :/".contains(c)
}

/// Whether MLflow takes it as it is: a path is compared with its normal form.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.len() <= LONGEST
        && name.chars().all(is_allowed)
        && name.split('/').all(is_part)
        && !name.starts_with("..")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_that_fits_stays_and_a_sub_metric_reads_well() {
        for fits in ["http_req_duration", "server.cpu", "a:b c-d/e"] {
            assert_eq!(mapped(fits), fits);
        }
        let plain = "http_req_duration expected_response:true";
        assert_eq!(mapped("http_req_duration{expected_response:true}"), plain);
        assert_eq!(mapped("d{a:1,b:2}"), "d a:1 b:2");
    }

    #[test]
    fn every_mapped_name_is_one_and_no_two_are_alike() {
        let long = "x".repeat(300);
        let names = [
            "p(95)",
            "p[95]",
            "a//b",
            "/a",
            "a/",
            "..",
            "a/../b",
            "é",
            "",
            "d{n:http://a/b}",
            "d{n:http:__a_b}",
            "d{n: x}",
            "d{n:y x}",
            "d n:x",
            "d{n:x}",
            long.as_str(),
            "..a",
            "d{a}{b}",
        ];
        let mapped: BTreeSet<String> = names.iter().map(|name| mapped(name).into_owned()).collect();
        assert!(mapped.iter().all(|name| is_name(name)), "{mapped:?}");
        // `d n:x` is no name of k6's: only a tag could be called so.
        assert_eq!(mapped.len(), names.len() - 1, "{mapped:?}");
    }
}
