//! Names as MLflow takes them: letters, digits, `_`, `-`, `.`, space, `:` and `/`, at most 250 of them, and as
//! a path that means itself. Another name is mapped, the same one always alike, and kept as a tag.

use std::borrow::Cow;

use crate::base::digest::Digest;

/// The longest name (<https://mlflow.org/docs/latest/api_reference/rest-api.html>, "Request Limits").
const LONGEST: usize = 250;

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
    Cow::Owned(format!("{kept}-{digits}"))
}

/// `metric{tag:value,tag:value}/p95` without braces; none where a space in it would make two names one.
fn sub_metric(name: &str) -> Option<String> {
    let (metric, rest) = name.split_once('{')?;
    let (tags, rest) = rest.split_once('}')?;
    let is_clear = !name.contains(' ') && !rest.contains(['{', '}']) && !tags.contains('/');
    is_clear.then(|| format!("{metric} {}{rest}", tags.replace(',', " ")))
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
        for fits in ["http_req_duration/p99.9", "live/vus/value", "a:b c-d"] {
            assert_eq!(mapped(fits), fits);
        }
        assert_eq!(
            mapped("http_req_duration{expected_response:true}/p95"),
            "http_req_duration expected_response:true/p95"
        );
        assert_eq!(mapped("d{a:1,b:2}/max"), "d a:1 b:2/max");
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
