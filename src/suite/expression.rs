//! A formula over the axes of a test: `when` of a condition, `--where`, and the template of ids.

use serde_json::{Map, Value as Json};

use super::axis::Axis;
use super::axis_name::shown_names;
use super::formula::Formula;
use crate::base::document::Item;
use crate::base::excerpt::Excerpt;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;

/// A formula with the axes that it reads.
#[derive(Debug, Clone)]
pub struct Expression {
    formula: Formula,
    /// The axes that it reads, by their places, each under a path of names.
    names: Vec<(usize, Vec<String>)>,
    /// Whether it reads the test's name.
    reads_test: bool,
}

impl Expression {
    /// Reads `when`: an expression that is true or false.
    pub(super) fn condition(item: &Item, axes: &[Axis]) -> Result<Self, Mistakes> {
        let expected = "expected an expression such as \"vus * rate > 400\"";
        Self::of(&Formula::condition(Excerpt::of_item(item)?, expected)?, axes)
    }

    /// Reads `id`: a template that may also name the `test`.
    pub(super) fn template(item: &Item, axes: &[Axis]) -> Result<Self, Mistakes> {
        Self::with(&Formula::template(Excerpt::of_item(item)?)?, axes, &["test"])
    }

    /// Finds the axes behind the names that a formula reads; one without an axis is a mistake.
    pub fn of(formula: &Formula, axes: &[Axis]) -> Result<Self, Mistakes> {
        Self::with(formula, axes, &[])
    }

    fn with(formula: &Formula, axes: &[Axis], further: &[&str]) -> Result<Self, Mistakes> {
        let excerpt = formula.excerpt();
        let mut this = Self { formula: formula.clone(), names: Vec::new(), reads_test: false };
        let mut mistakes = Mistakes::default();
        for name in formula.names() {
            let known = this.names.len();
            this.names.extend(paths(axes).filter(|(_, path)| path[0] == *name));
            if this.names.len() > known {
                continue;
            }
            if further.contains(&name.as_str()) {
                this.reads_test = true;
                continue;
            }
            let roots = roots(axes, further);
            mistakes.push(unknown(name, &excerpt.place_of_word(name), &roots, &roots));
        }
        mistakes.extend(check_paths(formula, axes));
        mistakes.or(this)
    }

    /// Whether a name that a formula reads leads to any of these axes.
    pub fn leads_to(axes: &[Axis], name: &str) -> bool {
        paths(axes).any(|(_, path)| path[0] == name)
    }

    /// The axes on whose values it depends, by their places, ascending.
    pub fn axes(&self) -> Vec<usize> {
        let mut axes: Vec<usize> = self.names.iter().map(|(axis, _)| *axis).collect();
        axes.sort_unstable();
        axes.dedup();
        axes
    }

    /// What it prints where `seen` gives the value of an axis.
    pub fn print(&self, test: &str, seen: impl Fn(usize) -> Json) -> Result<String, Mistake> {
        self.formula.print(self.variables(test, seen))
    }

    /// Whether it is true where `seen` gives the value of an axis.
    pub fn holds(&self, seen: impl Fn(usize) -> Json) -> Result<bool, Mistake> {
        self.formula.holds(self.variables("", seen))
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        &self.formula.excerpt().place
    }

    fn variables(&self, test: &str, seen: impl Fn(usize) -> Json) -> Map<String, Json> {
        let mut variables = Map::new();
        if self.reads_test {
            variables.insert("test".into(), test.into());
        }
        for (axis, path) in &self.names {
            put(&mut variables, path, seen(*axis));
        }
        variables
    }
}

/// A dotted name must lead to an axis or into its value: the engine takes what is not there for different from
/// everything.
fn check_paths(formula: &Formula, axes: &[Axis]) -> Mistakes {
    let known: Vec<Vec<String>> = paths(axes).map(|(_, path)| path).collect();
    let mut mistakes = Mistakes::default();
    for (at, word) in formula.dotted_names() {
        let path: Vec<String> = word.split('.').map(str::to_owned).collect();
        let is_rooted = known.iter().any(|known| known.len() > 1 && known[0] == path[0]);
        if is_rooted && !known.iter().any(|known| path.starts_with(known) || known.starts_with(&path)) {
            let names: Vec<String> = known.iter().map(|known| known.join(".")).collect();
            let place = formula.excerpt().place_of(&(at..at + word.len()));
            mistakes.push(unknown(word, &place, &roots(axes, &[]), &names));
        }
    }
    mistakes
}

fn unknown(name: &str, place: &Place, shown: &[String], names: &[String]) -> Mistake {
    let mistake = Mistake::at(place, format!("unknown name `{name}`"));
    let mistake = mistake.label(format!("there are {}", shown.join(", ")));
    mistake.nearest(name, names.iter().map(String::as_str))
}

/// Each axis under its whole name, and under the one that ids show where that is no path.
fn paths(axes: &[Axis]) -> impl Iterator<Item = (usize, Vec<String>)> {
    let whole = axes.iter().map(|axis| axis.name.split('.').map(str::to_owned).collect());
    let shown = shown_names(axes).into_iter().map(|name| vec![name.to_owned()]);
    let shown = shown.enumerate().filter(|(_, path)| !path[0].contains('.'));
    // Whole names first: an axis above another one must not overwrite it.
    whole.enumerate().chain(shown).filter(|(_, path): &(usize, Vec<String>)| !path.is_empty())
}

/// All names, as they are offered.
fn roots(axes: &[Axis], further: &[&str]) -> Vec<String> {
    let mut roots: Vec<String> = paths(axes).map(|(_, path)| path.join(".")).collect();
    roots.extend(further.iter().map(|name| (*name).to_owned()));
    roots.sort();
    roots.dedup();
    roots
}

fn put(variables: &mut Map<String, Json>, path: &[String], value: Json) {
    match path {
        [] => {}
        [last] => {
            variables.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let below = variables.entry(first.clone()).or_insert_with(|| Map::new().into());
            if !below.is_object() {
                *below = Map::new().into();
            }
            if let Json::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}
