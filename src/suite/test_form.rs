//! One test of Howitzer's own suite form.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::axis::Axis;
use super::destination::{Destination, SINGLE_FIELDS};
use super::fields::{FIELD_KEYS, SETTING_KEYS, UNCOUNTED, stands_too_low};
use super::file_axis::FileAxes;
use super::layers::Layers;
use super::matrix::matrix;
use super::model::{Rendering, Reuse, Role, Test, TimeLimit};
use super::over_test::Subject;
use super::overrides::Overrides;
use super::rules::{Rules, rules};
use super::setup::{SetUp, check_axes, set_ups};
use super::{expectations, k6_options, legacy, repeat, script, sweep, variables};
use crate::base::document::{Entry, Item, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::{Fields, expected, read_duration, text, texts};
use crate::manifest::{MaxAge, Workspace, environment, max_age};
use crate::spec::{Sending, Watch, Window, options};

/// The most cases of a test unless it says otherwise: over it is an error, never a cut.
pub(super) const MAX_CASES: u32 = 500;

/// What all tests of a suite are read with.
pub(super) struct TestReader<'a> {
    pub(super) workspace: &'a Workspace,
    /// Those of the suite.
    pub(super) defaults: Arc<Table>,
    /// What the suite says of itself.
    pub(super) max_age: Option<MaxAge>,
    pub(super) rendering: Rendering,
    pub(super) overrides: &'a Overrides,
}

impl TestReader<'_> {
    /// The test, and what is wrong in it. There is none where its name or its axes cannot be read.
    pub(super) fn read(
        &self,
        item: &Item,
        file_axes: &mut FileAxes<'_>,
        notes: &mut Vec<String>,
        unreached: &mut BTreeSet<usize>,
    ) -> (Option<Test>, Mistakes) {
        let Some(own) = item.as_table() else { return (None, expected("a table", item).into()) };
        let layers = Layers {
            workspace: Arc::clone(&self.workspace.defaults),
            suite: Arc::clone(&self.defaults),
            test: own.clone(),
        };
        let mut merged = layers.merged();
        script::settle(&mut merged, &[&layers.test, &layers.suite, &layers.workspace]);
        let over = self.overrides.over(subject(own), &mut merged);
        unreached.retain(|number| !over.reached.contains(number));
        notes.extend(over.notes.iter().cloned());
        notes.extend(script::drop_defaults(&mut merged, &layers.test));
        let mut fields = Fields::of(&merged);
        let is_ancestors = self.rendering == Rendering::Ancestor;
        let name = if is_ancestors { legacy::test_name } else { test_name };
        let name = fields.read("name", name).map(str::to_owned);
        let description = fields.text("description").unwrap_or_default().to_owned();
        let role = fields.read("role", role).unwrap_or(Role::Load);
        let after = fields.read("after", after).unwrap_or_default();
        let read_set_ups = fields
            .entry("setup")
            .map_or(Some(Vec::new()), |entry| fields.mistakes.collect(set_ups(&entry.item)));
        let (mut axes, wrong) = axes(fields.item("matrix"), file_axes, read_set_ups.as_deref());
        let set_ups = read_set_ups.unwrap_or_default();
        let axes_are_whole = wrong.is_empty();
        fields.mistakes.extend(wrong);
        let (overrides, is_swept_anew) = fields.mistakes.collect(over.axes(&mut axes)).unwrap_or_default();
        let sweep = fields.read("sweep", sweep::read).unwrap_or_default();
        let whole = axes_are_whole.then_some(&mut axes);
        let rules = rules(&mut fields, sweep.zip, whole, is_swept_anew);
        let cooldown = fields.duration("cooldown").unwrap_or_default();
        let timeout = fields.read("timeout", time_limit).unwrap_or(TimeLimit::Auto);
        let age = fields.read("max_age", max_age);
        // What a suite says of itself lies over the defaults of all suites.
        let is_default_of_all =
            [&layers.test, &*layers.suite].iter().all(|layer| !layer.contains_key("max_age"))
                && !is_over("max_age", &overrides);
        let age = self.max_age.filter(|_| is_default_of_all).or(age);
        let age = age.or(self.max_age).or(self.workspace.max_age);
        let trends = expectations::trend_statistics(options_of(&merged), &axes, &rules.changes);
        let expected = |item| expectations::read(item, &trends, notes);
        let expectations = fields.read("expect", expected).unwrap_or_default();
        let max_cases = fields.count("max_cases", 1);
        let max_cases = sweep.max_cases.filter(|_| !is_over("max_cases", &overrides)).or(max_cases);
        let max_cases = usize::try_from(max_cases.unwrap_or(MAX_CASES)).unwrap_or(usize::MAX);
        let repeat = fields.read("repeat", |item| Ok((repeat::read(item)?, item.place.clone())));
        let (repeat, repeat_place) = repeat.map_or((1, None), |(trials, place)| (trials, Some(place)));
        let retries = fields.count("retries", 0).unwrap_or(0);
        let reuse = fields.read("reuse", reuse).unwrap_or_default();
        let allow_invalid = fields.truth("allow_invalid").unwrap_or(false);
        let watch = fields.read("watch", Watch::read).or(self.workspace.watch).unwrap_or_default();
        let keep_samples = fields.truth("keep_samples").unwrap_or(false);
        let window = fields.read("measure", Window::read).unwrap_or_default();
        let test_fields =
            self.fields(&mut fields, &merged, &Checked { axes: &axes, axes_are_whole, rules: &rules }, notes);
        notes.extend(k6_options::doubtful_metrics(options_of(&merged)));
        let mut mistakes = fields.finish();
        mistakes.extend(check_role(role, &axes, own));
        mistakes.extend(check_watch(watch, keep_samples, &merged, (self.workspace, item)));
        if axes_are_whole {
            mistakes.extend(check_axes(&set_ups, &axes));
        }
        let is_setting = |(path, _): &(Destination, Item)| SETTING_KEYS.contains(&path[0].as_str());
        let (set_settings, overrides) = overrides.into_iter().partition(is_setting);
        let Some(name) = name.filter(|_| axes_are_whole) else {
            if !own.contains_key("name") {
                mistakes.push(Mistake::at(&item.place, "the test has no `name`"));
            }
            return (None, mistakes);
        };
        let test = Test {
            name,
            place: item.place.clone(),
            description,
            role,
            after,
            repeat,
            repeat_place,
            order: sweep.order.unwrap_or_default(),
            retries,
            reuse,
            fields: test_fields,
            layers,
            overrides,
            set_settings,
            axes,
            rules,
            is_swept_anew,
            set_ups,
            max_cases,
            cooldown,
            timeout,
            max_age: age,
            expectations,
            allow_invalid,
            watch,
            sending: Sending::default(),
            keep_samples: keep_samples && role == Role::Load,
            window,
        };
        (Some(test), mistakes)
    }

    /// The fields that reach a case, checked for type here so that the mistake shows the right place.
    fn fields(
        &self,
        fields: &mut Fields<'_>,
        merged: &Table,
        checked: &Checked<'_>,
        notes: &mut Vec<String>,
    ) -> Table {
        let Checked { axes, axes_are_whole, rules } = *checked;
        for key in SINGLE_FIELDS {
            fields.text(key);
            let several = merged.get(key).map(|entry| &entry.item);
            let several = several.filter(|item| item.as_table().is_some() || item.as_list().is_some());
            if let Some(item) = several {
                let hint = format!("several values make an axis: `{key}` below `[test.matrix]`");
                fields.mistakes.hint_at(&item.place, &hint);
            }
        }
        fields.texts("inputs");
        fields.table("vars");
        fields.read("env", environment);
        fields.mistakes.extend(variables::check(merged, axes, rules));
        let none = Table::new();
        let options = fields.table("k6").unwrap_or(&none);
        let mut wrong = if !axes_are_whole {
            k6_options::check_alone(options, axes, rules)
        } else if script::is_scripted(merged, axes, rules) {
            fields.mistakes.extend(script::check(merged, axes, rules));
            let (options, axes, rules) = script::without_removals(options, axes, rules);
            k6_options::check_over(&options, &axes, &rules)
        } else {
            let mut wrong = k6_options::check_nulls(options, axes, rules);
            wrong.extend(k6_options::check(options, axes, rules));
            wrong
        };
        for (key, entry) in options.iter().filter(|(key, _)| options::check_name(key).is_err()) {
            if let Some(hint) = stands_too_low(key) {
                wrong.hint_at(&entry.key, &hint);
            }
        }
        match self.rendering {
            Rendering::Own => fields.mistakes.extend(wrong),
            // As in the ancestor's own file: k6 has the last word.
            Rendering::Ancestor => notes.extend(wrong.iter().map(Mistake::note)),
        }
        fields.read("target", |item| known_target(self.workspace, item));
        let assigned = axes.iter().flat_map(|axis| &axis.values).flat_map(|value| &value.assignments);
        let assigned = assigned.chain(rules.changes.iter().flat_map(|change| &change.assignments));
        for (_, item) in assigned.filter(|(path, _)| *path == ["target"]) {
            fields.mistakes.collect(known_target(self.workspace, item));
        }
        let kept = merged.iter().filter(|(key, _)| FIELD_KEYS.contains(&key.as_str()));
        kept.map(|(key, entry)| (key.clone(), entry.clone())).collect()
    }
}

/// The axes that can be read, and what is wrong with the others.
fn axes(
    item: Option<&Item>,
    file_axes: &mut FileAxes<'_>,
    set_ups: Option<&[SetUp]>,
) -> (Vec<Axis>, Mistakes) {
    let Some(item) = item else { return (Vec::new(), Mistakes::default()) };
    let (listed, mut wrong) = file_axes.listed(item);
    let (axes, of_axes) = matrix(&listed, set_ups);
    wrong.extend(of_axes);
    (axes, wrong)
}

/// What a test's fields are checked with.
struct Checked<'a> {
    axes: &'a [Axis],
    /// Whether all of its matrix could be read.
    axes_are_whole: bool,
    rules: &'a Rules,
}

/// A `[target.NAME]` of the manifest.
pub(super) fn known_target(workspace: &Workspace, item: &Item) -> Result<(), Mistakes> {
    let Some(name) = item.as_text() else { return Ok(()) };
    if workspace.targets.contains_key(name) {
        return Ok(());
    }
    let names = workspace.targets.keys().map(String::as_str);
    Err(Mistake::at(&item.place, format!("unknown target `{name}`"))
        .label("expected a `[target.NAME]` of howitzer.toml")
        .nearest(name, names)
        .into())
}

/// The test as what lies over it sees it; what is wrong in it is told where it is read.
fn subject(own: &Table) -> Subject<'_> {
    let text = |key: &str| own.get(key).and_then(|entry| entry.item.as_text());
    Subject {
        name: text("name").unwrap_or_default(),
        is_warm_up: text("role") == Some("warmup"),
        has_settings: true,
        matrix: own.get("matrix").and_then(|entry| entry.item.as_table()),
    }
}

/// Whether a profile or the command line says this of the test.
fn is_over(setting: &str, overrides: &[(Destination, Item)]) -> bool {
    overrides.iter().any(|(path, _)| *path == [setting])
}

fn options_of(fields: &Table) -> Option<&Table> {
    fields.get("k6")?.item.as_table()
}

/// Names stand in ids and selectors: no brackets, no white space, none of `*`, `?`, `,`, `=`, `@`, `/`.
fn test_name(item: &Item) -> Result<&str, Mistakes> {
    let name = text(item)?;
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "[]*?,=@/\\".contains(c);
    if name.is_empty() || name.contains(forbidden) {
        let mistake = Mistake::at(&item.place, format!("`{}` cannot be a test's name", name.escape_debug()));
        return Err(mistake.label("no white space and none of [ ] * ? , = @ / \\").into());
    }
    Ok(name)
}

fn role(item: &Item) -> Result<Role, Mistakes> {
    match text(item)? {
        "warmup" => Ok(Role::WarmUp),
        "load" => Ok(Role::Load),
        other => Err(Mistake::at(&item.place, format!("unknown role `{other}`"))
            .label("expected \"load\" or \"warmup\"")
            .nearest(other, ["load", "warmup"])
            .into()),
    }
}

fn after(item: &Item) -> Result<Vec<(String, Place)>, Mistakes> {
    let names = texts(item)?;
    let places = item.as_list().into_iter().flatten().map(|item| item.place.clone());
    Ok(names.into_iter().map(str::to_owned).zip(places).collect())
}

pub(super) fn time_limit(item: &Item) -> Result<TimeLimit, Mistakes> {
    if item.as_text() == Some("auto") {
        return Ok(TimeLimit::Auto);
    }
    read_duration(item).map(TimeLimit::Fixed)
}

pub(super) fn reuse(item: &Item) -> Result<Reuse, Mistakes> {
    match text(item)? {
        "trial" => Ok(Reuse::Trial),
        "case" => Ok(Reuse::Case),
        other => Err(Mistake::at(&item.place, format!("unknown `reuse` `{other}`"))
            .label("expected \"trial\" or \"case\"")
            .nearest(other, ["trial", "case"])
            .into()),
    }
}

/// What a way to watch does not give cannot be asked of it.
fn check_watch(
    watch: Watch,
    keep_samples: bool,
    fields: &Table,
    (workspace, test): (&Workspace, &Item),
) -> Mistakes {
    let mut mistakes = check_collector(watch, workspace, fields.get("watch"), test);
    let label = || format!("the test is watched by `{}`", watch.word());
    if let Some(entry) = fields.get("measure").filter(|_| watch < Watch::Series) {
        let mistake = Mistake::at(&entry.key, "`measure` needs `watch = \"series\"` or `\"samples\"`");
        mistakes.push(mistake.label(label()));
    }
    if let Some(entry) = fields.get("keep_samples").filter(|_| keep_samples && watch < Watch::Samples) {
        let mistake = Mistake::at(&entry.key, "`keep_samples` needs `watch = \"samples\"`");
        mistakes.push(mistake.label(label()));
    }
    mistakes
}

/// What sends needs somebody to send to; `watch` stands in the test, or else above it.
fn check_collector(watch: Watch, workspace: &Workspace, own: Option<&Entry>, test: &Item) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if watch == Watch::Otlp && workspace.otlp().is_none() {
        let place = own.map_or(&test.place, |entry| &entry.item.place);
        let mistake = Mistake::at(place, "`watch = \"otlp\"` has nowhere to send to");
        mistakes.push(mistake.hint("write `[export.otlp]` with a `url` into `howitzer.toml`"));
    }
    mistakes
}

/// A warm-up is one script: it is never counted, so axes and trials of it would mean nothing.
fn check_role(role: Role, axes: &[Axis], own: &IndexMap<String, Entry>) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if role == Role::WarmUp {
        if let Some(axis) = axes.first() {
            mistakes.push(Mistake::at(&axis.place, "a warm-up has no axes"));
        }
        for key in UNCOUNTED.into_iter().chain(["exclude", "patch", "include", "id"]) {
            if let Some(entry) = own.get(key) {
                mistakes
                    .push(Mistake::at(&entry.key, format!("a warm-up has no `{key}`: it is never counted")));
            }
        }
    }
    mistakes
}
