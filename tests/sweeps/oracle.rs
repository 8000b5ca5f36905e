//! The cases of a test by nested loops, in the words of docs/suites.md; nothing here is Howitzer's.

use serde_json::{Map, Value, json};

use crate::generated::{AxisValue, Condition, Meant, Set, Test};

pub(crate) enum Expected {
    Cases(Vec<Case>),
    /// What is said must hold this.
    Refused(&'static str),
}

#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) id: String,
    labels: Vec<String>,
    sets: Vec<Set>,
}

impl Case {
    /// Options, variables and address, later ones over earlier ones.
    pub(crate) fn seen(&self) -> Value {
        let mut seen = Map::new();
        for (root, name, value) in &self.sets {
            if name.is_empty() {
                seen.insert((*root).to_owned(), value.clone());
            } else {
                seen.entry(*root).or_insert_with(|| json!({}))[name] = value.clone();
            }
        }
        Value::Object(seen)
    }
}

pub(crate) fn expected(test: &Test) -> Expected {
    let mut combinations: Vec<Vec<usize>> = vec![Vec::new()];
    for axis in &test.axes {
        let longer = |shorter: &Vec<usize>| {
            (0..axis.values.len()).map(|value| [shorter.as_slice(), &[value]].concat()).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(longer).collect();
    }
    if let Some((one, other)) = test.zip {
        combinations.retain(|choices| choices[one] == choices[other]);
    }
    let values = |choices: &[usize]| -> Vec<AxisValue> {
        test.axes.iter().zip(choices).map(|(axis, choice)| axis.values[*choice].clone()).collect()
    };
    let all: Vec<Vec<AxisValue>> = combinations.iter().map(|choices| values(choices)).collect();
    let conditions = test.excludes.iter().chain(test.patches.iter().map(|(condition, _)| condition));
    if conditions.clone().any(|condition| means_nothing(test, condition)) {
        return Expected::Refused("lies there");
    }
    if test.excludes.iter().any(|exclude| all.iter().all(|values| !holds(exclude, values))) {
        return Expected::Refused("the exclude matches no case");
    }
    let left: Vec<Vec<AxisValue>> = all
        .into_iter()
        .filter(|values| test.excludes.iter().all(|exclude| !holds(exclude, values)))
        .collect();
    if left.is_empty() && test.includes.is_empty() {
        return Expected::Refused("is left");
    }
    if test.patches.iter().any(|(condition, _)| left.iter().all(|values| !holds(condition, values))) {
        return Expected::Refused("the patch matches no case");
    }
    let mut cases: Vec<Case> = Vec::new();
    for values in left {
        let mut case = case(test, &values);
        for (_, sets) in test.patches.iter().filter(|(condition, _)| holds(condition, &values)) {
            case.sets.extend(sets.iter().cloned());
        }
        cases.push(case);
    }
    for (values, sets) in &test.includes {
        let mut case = case(test, values);
        case.sets.extend(sets.iter().cloned());
        if cases.iter().any(|earlier| earlier.labels == case.labels) {
            return Expected::Refused("is there already");
        }
        cases.push(case);
    }
    Expected::Cases(cases)
}

fn case(test: &Test, values: &[AxisValue]) -> Case {
    let labels: Vec<String> = values.iter().map(|value| value.label.clone()).collect();
    let parts = test.axes.iter().zip(&labels).map(|(axis, label)| format!("{}={label}", axis.short));
    let usual = format!("t[{}]", parts.collect::<Vec<_>>().join(","));
    let mut sets: Vec<Set> = vec![
        ("base_url", "", json!("http://base")),
        ("vars", "base", json!(1)),
        ("options", "duration", json!("5s")),
    ];
    sets.extend(values.iter().flat_map(|value| value.sets.clone()));
    Case { id: if test.has_id { format!("t.{}", labels.join(".")) } else { usual }, labels, sets }
}

fn holds(condition: &Condition, values: &[AxisValue]) -> bool {
    let size = |axis: usize| values[axis].size.expect("a number");
    let product = condition.product.is_none_or(|(one, other, limit)| size(one) * size(other) > limit);
    product && condition.axes.iter().all(|(axis, meant)| means(meant, &values[*axis]))
}

fn means(meant: &Meant, value: &AxisValue) -> bool {
    match meant {
        Meant::Any(labels) => labels.contains(&value.label),
        Meant::Not(label) => *label != value.label,
        Meant::Compared(how, bound) => {
            let (size, bound) = (value.size.expect("comparable"), bound.size.expect("comparable"));
            match *how {
                "ge" => size >= bound,
                "gt" => size > bound,
                "le" => size <= bound,
                _ => size < bound,
            }
        }
    }
}

/// Whether one of its axes has no value that is meant.
fn means_nothing(test: &Test, condition: &Condition) -> bool {
    condition
        .axes
        .iter()
        .any(|(axis, meant)| test.axes[*axis].values.iter().all(|value| !means(meant, value)))
}
