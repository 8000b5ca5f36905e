//! `env` of a test: variables by which k6 itself would be told something reach it only under their own names in the
//! suite, because k6 puts its environment over a script's options.

use super::axis::Axis;
use super::rules::Rules;
use crate::base::document::Table;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::spec::options;

/// What howitzer sets or decides itself.
const OWN: [&str; 12] = [
    "K6_ADDRESS",
    "K6_CONFIG",
    "K6_CONSOLE_OUTPUT",
    "K6_LOG_FORMAT",
    "K6_LOG_OUTPUT",
    "K6_NEW_MACHINE_READABLE_SUMMARY",
    "K6_NO_SUMMARY",
    "K6_NO_USAGE_REPORT",
    "K6_OUT",
    "K6_SUMMARY_EXPORT",
    "K6_SUMMARY_MODE",
    "K6_SUMMARY_TREND_STATS",
];

/// The declared variables, also those of axes and rules, that k6 would read instead of its options, or that howitzer
/// sets itself.
pub(super) fn check(fields: &Table, axes: &[Axis], rules: &Rules) -> Mistakes {
    let declared = fields.get("env").and_then(|entry| entry.item.as_table()).into_iter().flatten();
    let declared = declared.map(|(name, entry)| (name.as_str(), &entry.key));
    let of_axes = axes.iter().flat_map(|axis| {
        let assigned = axis.values.iter().flat_map(|value| &value.assignments);
        assigned.map(|(path, _)| (path, &axis.place))
    });
    let changed = rules.changes.iter().flat_map(|change| &change.assignments);
    let of_changes = changed.map(|(path, item)| (path, &item.place));
    let assigned = of_axes.chain(of_changes).filter_map(|(path, place)| match path.as_slice() {
        [env, name] if env == "env" => Some((name.as_str(), place)),
        _ => None,
    });
    let mut mistakes = Mistakes::default();
    for (name, place) in declared.chain(assigned) {
        mistakes.extend(problem(name, place).map(Mistakes::from).unwrap_or_default());
    }
    mistakes.distinct()
}

fn problem(name: &str, place: &Place) -> Option<Mistake> {
    if let Some(option) = options::names().find(|option| variable_of(option) == name) {
        let message = format!("k6 would put `{name}` over the script's option `{option}`");
        return Some(Mistake::at(place, message).hint(format!("set `k6.{option}`")));
    }
    let message = format!("howitzer decides over `{name}` itself");
    OWN.contains(&name).then(|| Mistake::at(place, message).label("expected a variable of the script"))
}

/// `insecureSkipTLSVerify` → `K6_INSECURE_SKIP_TLS_VERIFY`.
fn variable_of(option: &str) -> String {
    let mut name = String::from("K6_");
    // The plural is no word of its own.
    let characters: Vec<char> = option.replace("IPs", "Ips").chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let ends_word = at > 0
            && character.is_uppercase()
            && (characters[at - 1].is_lowercase()
                || characters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if ends_word {
            name.push('_');
        }
        name.extend(character.to_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::variable_of;

    #[test]
    fn an_option_has_the_variable_that_k6_documents() {
        for (option, variable) in [
            ("vus", "K6_VUS"),
            ("insecureSkipTLSVerify", "K6_INSECURE_SKIP_TLS_VERIFY"),
            ("noVUConnectionReuse", "K6_NO_VU_CONNECTION_REUSE"),
            ("summaryTrendStats", "K6_SUMMARY_TREND_STATS"),
            ("batchPerHost", "K6_BATCH_PER_HOST"),
            ("blacklistIPs", "K6_BLACKLIST_IPS"),
        ] {
            assert_eq!(variable_of(option), variable);
        }
    }
}
