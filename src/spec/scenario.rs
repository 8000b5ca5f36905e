//! k6's scenarios: executors, the fields that each takes, and those that it needs
//! (<https://grafana.com/docs/k6/latest/using-k6/scenarios/executors/>; measured with 0.57.0 and 1.1.0,
//! which refuse every other field with exit 104).

use semver::VersionReq;

use super::option_type::{Checked, OptionType};
use super::release::Known;
use super::scalar::{Sign, is_set, wrong};
use crate::base::document::{Entry, Item};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::Fields;

/// How k6 turns a scenario into load.
struct Executor {
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

const EXECUTORS: [Executor; 7] = [
    Executor {
        name: "shared-iterations",
        required: &[],
        optional: &["vus", "iterations", "maxDuration", "gracefulStop"],
    },
    Executor {
        name: "per-vu-iterations",
        required: &[],
        optional: &["vus", "iterations", "maxDuration", "gracefulStop"],
    },
    Executor { name: "constant-vus", required: &["duration"], optional: &["vus", "gracefulStop"] },
    Executor {
        name: "ramping-vus",
        required: &["stages"],
        optional: &["startVUs", "gracefulRampDown", "gracefulStop"],
    },
    Executor {
        name: "constant-arrival-rate",
        required: &["rate", "duration", "preAllocatedVUs"],
        optional: &["timeUnit", "maxVUs", "gracefulStop"],
    },
    Executor {
        name: "ramping-arrival-rate",
        required: &["stages", "preAllocatedVUs"],
        optional: &["startRate", "timeUnit", "maxVUs", "gracefulStop"],
    },
    Executor { name: EXTERNAL, required: &["duration"], optional: &["vus", "maxVUs"] },
];

const EXTERNAL: &str = "externally-controlled";
/// k6 2.0 took it away (<https://grafana.com/docs/k6/latest/get-started/migrating-to-v2/>).
const EXTERNAL_KNOWN: Known = Known::before(2, 0);

/// The fields that every executor takes.
pub const COMMON: [&str; 6] = ["executor", "exec", "env", "tags", "startTime", "options"];

impl Executor {
    fn named(name: &str) -> Option<&'static Self> {
        EXECUTORS.iter().find(|executor| executor.name == name)
    }

    fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied().chain(COMMON)
    }
}

/// The type of a scenario's field; of the most lenient executor where it is not known.
pub fn field_type(executor: Option<&str>, field: &str) -> Option<OptionType> {
    let external = executor == Some(EXTERNAL);
    Some(match field {
        "executor" | "exec" => OptionType::Name,
        "env" => OptionType::TextTable,
        "tags" => OptionType::Tags,
        "options" => OptionType::ScenarioOptions,
        "vus" if external => OptionType::Whole(Sign::NotNegative),
        "vus" | "iterations" | "rate" => OptionType::Whole(Sign::Positive),
        "startVUs" | "startRate" | "preAllocatedVUs" | "maxVUs" => OptionType::Whole(Sign::NotNegative),
        "duration" if external => OptionType::Duration(Sign::NotNegative),
        "duration" | "maxDuration" => OptionType::LoadDuration,
        "startTime" | "gracefulStop" => OptionType::Duration(Sign::NotNegative),
        "gracefulRampDown" => OptionType::Duration(Sign::Any),
        "timeUnit" => OptionType::Duration(Sign::Positive),
        "stages" => OptionType::Stages,
        _ => return None,
    })
}

/// The executors, each with the fields that it needs, the ones that it takes beside these and [`COMMON`], and the releases that
/// have it.
pub fn executors()
-> impl Iterator<Item = (&'static str, &'static [&'static str], &'static [&'static str], Known)> {
    let known = |name| if name == EXTERNAL { EXTERNAL_KNOWN } else { Known::ALWAYS };
    EXECUTORS
        .iter()
        .map(move |executor| (executor.name, executor.required, executor.optional, known(executor.name)))
}

/// Whether the executor takes the field.
pub fn takes(executor: &str, field: &str) -> bool {
    Executor::named(executor).is_none_or(|executor| executor.fields().any(|known| known == field))
}

/// The executor that a scenario names, if it is one.
pub fn executor_of(scenario: &Item) -> Option<&str> {
    let name = scenario.as_table()?.get("executor")?.item.as_text()?;
    Executor::named(name).map(|executor| executor.name)
}

/// Whether a k6 that fits `requirement` has the scenario's executor.
pub(super) fn check_release(scenario: &Item, requirement: &VersionReq) -> Mistakes {
    let executor = scenario.as_table().and_then(|table| table.get("executor")).map(|entry| &entry.item);
    let Some(item) = executor.filter(|item| item.as_text() == Some(EXTERNAL)) else {
        return Mistakes::default();
    };
    match EXTERNAL_KNOWN.problem(requirement) {
        Some(why) => {
            let message = format!("the k6 that the workspace asks for has no executor `{EXTERNAL}`");
            Mistake::at(&item.place, message).label(why).into()
        }
        None => Mistakes::default(),
    }
}

/// Checks `scenarios`: names, and every value on its own.
pub(super) fn check_all(item: &Item) -> Mistakes {
    let Some(table) = item.as_table() else { return wrong("a table of scenarios", item).into() };
    let mut mistakes = Mistakes::default();
    for (name, entry) in table {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(allowed) {
            let message = format!("`{}` cannot be a scenario's name", name.escape_debug());
            mistakes.push(Mistake::at(&entry.key, message).label("expected letters, digits, _ and -"));
        }
        mistakes.extend(check_fields(&entry.item));
    }
    mistakes
}

/// Checks what a scenario's table says; what it lacks is for [`check_whole`].
pub(super) fn check_fields(item: &Item) -> Mistakes {
    let Some(table) = item.as_table() else { return wrong("a table that is a scenario", item).into() };
    let executor = executor_of(item);
    let mut mistakes = Mistakes::default();
    for (name, entry) in table {
        match field_type(executor, name) {
            None => mistakes.push(unknown_field(executor, name, &entry.key)),
            Some(_) if name == "executor" => mistakes.extend(check_executor(&entry.item)),
            Some(_) if name == "exec" && entry.item.as_text() == Some("") => {
                mistakes.push(wrong("the name of an exported function", &entry.item));
            }
            Some(expected) => mistakes.extend(expected.check(&entry.item)),
        }
    }
    mistakes
}

/// Checks an executor's name.
pub fn check_executor(item: &Item) -> Mistakes {
    let Some(name) = item.as_text() else { return wrong("an executor's name", item).into() };
    if Executor::named(name).is_some() {
        return Mistakes::default();
    }
    let names = EXECUTORS.map(|executor| executor.name);
    Mistake::at(&item.place, format!("unknown executor `{name}`"))
        .label(format!("expected one of {}", names.join(", ")))
        .nearest(name, names)
        .into()
}

/// Checks that a whole scenario has what its executor needs and nothing that it does not take; `also`
/// says which fields come from elsewhere.
pub fn check_whole(name: &str, scenario: &Entry, also: impl Fn(&str) -> bool) -> Mistakes {
    let Some(table) = scenario.item.as_table() else { return Mistakes::default() };
    if !is_set(table, "executor") && !also("executor") {
        let message = format!("the scenario `{name}` has no `executor`");
        return Mistake::at(&scenario.key, message).into();
    }
    let Some(executor) = executor_of(&scenario.item).and_then(Executor::named) else {
        return Mistakes::default();
    };
    let mut mistakes = Mistakes::default();
    for (field, entry) in table {
        if field_type(None, field).is_some() && !takes(executor.name, field) {
            mistakes.push(unknown_field(Some(executor.name), field, &entry.key));
        }
    }
    for field in executor.required.iter().filter(|field| !is_set(table, field) && !also(field)) {
        let message = format!("the scenario `{name}` has no `{field}`");
        let needs = format!("{} needs {}", executor.name, executor.required.join(", "));
        mistakes.push(Mistake::at(&scenario.key, message).label(needs));
    }
    if let Some(stages) =
        table.get("stages").filter(|entry| entry.item.as_list().is_some_and(<[_]>::is_empty))
    {
        mistakes.push(Mistake::at(&stages.item.place, "expected at least one stage"));
    }
    mistakes
}

/// The mistake of a field that the executor, or any executor, does not take.
pub fn unknown_field(executor: Option<&str>, field: &str, place: &Place) -> Mistake {
    let mut known: Vec<_> = match executor.and_then(Executor::named) {
        Some(executor) => executor.fields().collect(),
        None => EXECUTORS.iter().flat_map(Executor::fields).collect(),
    };
    known.sort_unstable();
    known.dedup();
    let message = match executor {
        Some(executor) => format!("a {executor} scenario has no field `{field}`"),
        None => format!("a scenario has no field `{field}`"),
    };
    let mistake = Mistake::at(place, message).label(format!("expected one of {}", known.join(", ")));
    // A field of another executor is no slip of the pen.
    if field_type(None, field).is_some() { mistake } else { mistake.nearest(field, known) }
}

/// Checks one stage. k6 takes a stage without a target or a duration for none at all.
pub(super) fn check_stage(item: &Item) -> Mistakes {
    let Some(table) = item.as_table() else {
        return wrong("{ duration, target }", item).into();
    };
    let mut fields = Fields::of(table);
    fields.checked("duration", OptionType::Duration(Sign::NotNegative));
    fields.checked("target", OptionType::Whole(Sign::NotNegative));
    let mut mistakes = fields.finish();
    for key in ["duration", "target"].into_iter().filter(|key| !is_set(table, key)) {
        mistakes.push(Mistake::at(&item.place, format!("the stage has no `{key}`")));
    }
    mistakes
}
