//! Random edits of axes and their values, and of the set-up that acts on one.

use serde_json::{Value, json};

use crate::edit::set;
use crate::random::Random;
use crate::world::{Axis, Mode, SetUp, Test, World};

pub(crate) fn edit_axes(world: &mut World, random: &mut Random) -> String {
    let at = random.below(world.suites.len());
    let suite = &mut world.suites[at];
    let loads: Vec<usize> = (0..suite.tests.len()).filter(|at| !suite.tests[*at].is_warm_up).collect();
    let test = &mut suite.tests[*random.of(&loads)];
    let what = match random.below(8) {
        0 => add_axis(test, random),
        1 if !test.axes.is_empty() => {
            let gone = test.axes.remove(random.below(test.axes.len())).name;
            if gone == "replicas" {
                test.set_up = None;
            }
            format!("axis {gone} removed")
        }
        2 => {
            test.axes.reverse();
            "axes reversed".to_owned()
        }
        3 => match &mut test.set_up {
            Some(set_up) if random.once_in(2) => set("apply", &mut set_up.apply, random.small()),
            Some(set_up) => set("undo", &mut set_up.undo, random.small()),
            None => "no set-up".to_owned(),
        },
        _ => edit_values(test, random),
    };
    format!("test {}: {what}", test.name)
}

/// The values that an axis of this name may have.
fn values_of(name: &str) -> Vec<Value> {
    match name {
        "payload" => vec![json!("p1.json"), json!("p2.json"), json!("p3.json")],
        "template" => vec![json!("a.js"), json!("b.js")],
        "target" => vec![json!("by-file"), json!("by-command")],
        "duration" => vec![json!("1s"), json!("2s"), json!("3s")],
        _ => vec![json!(1), json!(2), json!(3)],
    }
}

fn add_axis(test: &mut Test, random: &mut Random) -> String {
    let names =
        ["vus", "duration", "payload", "template", "target", "vars.size", "env.LEVEL", "replicas", "model"];
    let name = *random.of(&names);
    let sets: Vec<&str> = test.axes.iter().map(|axis| axis.name.as_str()).collect();
    let sets_model = |name: &str| ["vars.size", "payload", "vars.mode"].contains(&name);
    let clashes = sets.contains(&name)
        || name == "model" && sets.iter().any(|other| sets_model(other))
        || sets_model(name) && sets.contains(&"model");
    if clashes {
        return format!("no axis {name}");
    }
    let axis = if name == "model" {
        Axis { name: name.to_owned(), values: vec![model(random, 1), model(random, 2)] }
    } else {
        let values = values_of(name);
        Axis::plain(name, values.into_iter().take(1 + random.below(2)))
    };
    test.axes.insert(random.below(test.axes.len() + 1), axis);
    if name == "replicas" {
        test.set_up = Some(SetUp { apply: random.small(), undo: random.small() });
    }
    format!("axis {name} added")
}

fn model(random: &mut Random, number: u32) -> (String, Vec<(String, Value)>) {
    let mode = if random.once_in(4) { *random.of(&Mode::ALL) } else { Mode::Ok };
    let sets = [
        ("vars.size", json!(number)),
        ("payload", json!(format!("p{number}.json"))),
        ("vars.mode", json!(mode.word())),
    ];
    (format!("m{number}"), sets.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

fn edit_values(test: &mut Test, random: &mut Random) -> String {
    if test.axes.is_empty() {
        return "no axis".to_owned();
    }
    let at = random.below(test.axes.len());
    let axis = &mut test.axes[at];
    match random.below(3) {
        0 => axis.values.reverse(),
        1 if axis.values.len() > 1 => {
            axis.values.remove(random.below(axis.values.len()));
        }
        _ => {
            let all = if axis.is_labelled() {
                (1..4).map(|number| model(random, number)).collect()
            } else {
                Axis::plain(&axis.name, values_of(&axis.name)).values
            };
            let has = |label: &String| axis.values.iter().any(|(known, _)| known == label);
            let new: Vec<_> = all.into_iter().filter(|(label, _)| !has(label)).collect();
            if !new.is_empty() {
                axis.values.push(random.of(&new).clone());
            }
        }
    }
    let labels: Vec<&String> = axis.values.iter().map(|(label, _)| label).collect();
    format!("axis {} is {labels:?}", axis.name)
}
