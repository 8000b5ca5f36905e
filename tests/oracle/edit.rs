//! Random edits of the world. Each says what it did; some do nothing at times, which is an edit too.

use serde_json::json;

use crate::axes::edit_axes;
use crate::random::Random;
use crate::world::{Age, Mode, Probe, Suite, Template, Test, World};

/// More runs of one suite than this would only cost time.
const MOST_RUNS: usize = 8;

/// Edits the world once; an edit that would make a suite too large is taken back.
pub(crate) fn edit(world: &mut World, random: &mut Random) -> String {
    let before = world.clone();
    let what = match random.below(10) {
        0 => edit_template(world, random),
        1 | 2 => edit_surroundings(world, random),
        3 => edit_suite(world, random),
        4 | 5 => edit_axes(world, random),
        _ => edit_test(world, random),
    };
    if world.suites.iter().any(|suite| suite.runs().is_empty() || suite.runs().len() > MOST_RUNS) {
        *world = before;
        return format!("({what}, taken back)");
    }
    what
}

fn pick<'a, T>(random: &mut Random, all: impl IntoIterator<Item = T> + 'a) -> T {
    let mut all: Vec<T> = all.into_iter().collect();
    all.swap_remove(random.below(all.len()))
}

fn edit_template(world: &mut World, random: &mut Random) -> String {
    let name = pick(random, world.templates.keys().cloned());
    let template: &mut Template = world.templates.get_mut(&name).expect("a template");
    let kind = random.below(10);
    let what = match kind {
        0 | 1 => {
            template.comment = random.small();
            "comment"
        }
        2 | 3 => {
            template.note = random.small();
            "note"
        }
        4 => toggle(&mut template.includes_head, "include"),
        5 => {
            template.imports = match random.below(4) {
                0 => vec!["two".to_owned()],
                1 => vec!["one".to_owned(), "two".to_owned()],
                2 => Vec::new(),
                _ => vec!["one".to_owned()],
            };
            "imports"
        }
        6 => toggle(&mut template.opens_payload, "payload"),
        7 => toggle(&mut template.opens_data, "data"),
        8 => toggle(&mut template.prints_base_url, "base_url"),
        _ => {
            if random.once_in(2) {
                toggle(&mut template.prints_case, "case")
            } else {
                toggle(&mut template.prints_title, "title")
            }
        }
    };
    format!("template {name}: {what}")
}

fn toggle(flag: &mut bool, what: &'static str) -> &'static str {
    *flag = !*flag;
    what
}

fn edit_surroundings(world: &mut World, random: &mut Random) -> String {
    let number = random.small();
    match random.below(12) {
        0 => set("the partial", &mut world.head, number),
        1 | 2 => {
            let name = pick(random, world.modules.keys().cloned());
            set(&format!("module {name}"), world.modules.get_mut(&name).expect("a module"), number)
        }
        3 | 4 => {
            let name = pick(random, world.payloads.keys().cloned());
            set(&format!("payload {name}"), world.payloads.get_mut(&name).expect("a payload"), number)
        }
        5 => {
            let name = pick(random, world.data.keys().cloned());
            set(&format!("data {name}"), world.data.get_mut(&name).expect("data"), number)
        }
        6 => set("k6", &mut world.k6, number),
        7 => set("class", &mut world.class, number),
        8 => set("region", &mut world.region, number),
        9 => set("manifest comment", &mut world.comment, number),
        _ => edit_target(world, random, number),
    }
}

pub(crate) fn set(what: &str, field: &mut u32, number: u32) -> String {
    *field = number;
    format!("{what} = {number}")
}

fn edit_target(world: &mut World, random: &mut Random, number: u32) -> String {
    let name = pick(random, world.targets.keys().cloned());
    let target = world.targets.get_mut(&name).expect("a target");
    match random.below(6) {
        0 => set(&format!("target {name} port"), &mut target.port, number),
        1 => set(&format!("target {name} wait"), &mut target.wait, number),
        2 => {
            target.probe = *random.of(&[Probe::None, Probe::File, Probe::Command, Probe::File]);
            format!("target {name} {:?}", target.probe)
        }
        _ => set(&format!("target {name} answers"), &mut target.answer, number),
    }
}

fn edit_suite(world: &mut World, random: &mut Random) -> String {
    let at = random.below(world.suites.len());
    let suite = &mut world.suites[at];
    let number = random.small();
    let what = match random.below(9) {
        0 => set("title", &mut suite.title, number),
        1 => set("description", &mut suite.description, number),
        2 => set("comment", &mut suite.comment, number),
        3 => {
            suite.max_age = age(random);
            format!("max_age {:?}", suite.max_age)
        }
        4 => {
            suite.defaults = vec![("duration".to_owned(), json!(format!("{number}s")))];
            if random.once_in(2) {
                suite.defaults.push(("noConnectionReuse".to_owned(), json!(random.once_in(2))));
            }
            "defaults".to_owned()
        }
        5 => {
            let (one, other) = (random.below(suite.tests.len()), random.below(suite.tests.len()));
            suite.tests.swap(one, other);
            format!("tests {one} and {other} swapped")
        }
        6 => add_test(suite, random),
        7 => remove_test(suite, random),
        _ => rename_test(suite, random),
    };
    format!("suite {}: {what}", suite.name)
}

fn age(random: &mut Random) -> Option<Age> {
    let ages = [None, Some(Age::Never), Some(Age::Day), Some(Age::Hour)];
    if random.once_in(8) { Some(Age::Millisecond) } else { *random.of(&ages) }
}

fn free_name(suite: &Suite, stem: &str) -> Option<String> {
    let names = (1..4).map(|number| format!("{stem}{number}"));
    names.into_iter().find(|name| suite.tests.iter().all(|test| test.name != *name))
}

fn add_test(suite: &mut Suite, random: &mut Random) -> String {
    let is_warm_up = random.once_in(3);
    let Some(name) = free_name(suite, if is_warm_up { "heat" } else { "more" }) else {
        return "no new test".to_owned();
    };
    let template: &&str = random.of(&["a.js", "b.js"]);
    let target: &&str = random.of(&["by-file", "by-command"]);
    let mut test = Test::named(&name, template, target);
    test.is_warm_up = is_warm_up;
    test.fields.size = random.small();
    test.fields.k6[0].1 = json!(random.small());
    let at = random.below(suite.tests.len() + 1);
    suite.tests.insert(at, test);
    format!("test {name} at {at}")
}

fn remove_test(suite: &mut Suite, random: &mut Random) -> String {
    let gone = suite.tests.remove(random.below(suite.tests.len())).name;
    suite.tests.iter_mut().for_each(|test| test.after.retain(|name| *name != gone));
    format!("test {gone} removed")
}

fn rename_test(suite: &mut Suite, random: &mut Random) -> String {
    let at = random.below(suite.tests.len());
    let Some(new) = free_name(suite, "new").filter(|_| !suite.tests[at].is_warm_up) else {
        return "no new name".to_owned();
    };
    let old = std::mem::replace(&mut suite.tests[at].name, new.clone());
    let names = suite.tests.iter_mut().flat_map(|test| &mut test.after);
    names.filter(|name| **name == old).for_each(|name| name.clone_from(&new));
    format!("test {old} is {new}")
}

fn edit_test(world: &mut World, random: &mut Random) -> String {
    let at = random.below(world.suites.len());
    let suite = &mut world.suites[at];
    let at = random.below(suite.tests.len());
    let warm_ups: Vec<String> =
        suite.tests.iter().filter(|test| test.is_warm_up).map(|test| test.name.clone()).collect();
    let test = &mut suite.tests[at];
    let number = random.small();
    let what = match random.below(22) {
        0 => set("description", &mut test.description, number),
        1 => set("comment", &mut test.comment, number),
        2 | 3 => set("size", &mut test.fields.size, number),
        4 => edit_options(test, random),
        5 => {
            test.fields.payload = format!("p{number}.json");
            format!("payload {number}")
        }
        6 => {
            test.fields.template = (*random.of(&["a.js", "b.js"])).to_owned();
            format!("template {}", test.fields.template)
        }
        7 => {
            test.fields.target = random.of(&[None, Some("by-file"), Some("by-command")]).map(str::to_owned);
            format!("target {:?}", test.fields.target)
        }
        8 | 9 => {
            test.fields.level = Some(number).filter(|_| !random.once_in(3));
            format!("LEVEL {:?}", test.fields.level)
        }
        10 => toggle(&mut test.fields.takes_region, "REGION").to_owned(),
        11 => set("base_url", &mut test.fields.base_url, number),
        12 => toggle(&mut test.fields.declares_data, "inputs").to_owned(),
        13 => toggle(&mut test.cooldown, "cooldown").to_owned(),
        14 => {
            test.timeout = Some(60 * number).filter(|_| random.once_in(2));
            format!("timeout {:?}", test.timeout)
        }
        15 => {
            test.max_age = age(random);
            format!("max_age {:?}", test.max_age)
        }
        16 => edit_mode(test, random),
        17 => {
            test.after = warm_ups.into_iter().filter(|_| random.once_in(2) && !test.is_warm_up).collect();
            format!("after {:?}", test.after)
        }
        18 => toggle(&mut test.allows_invalid, "allow_invalid").to_owned(),
        _ if test.is_warm_up => "nothing".to_owned(),
        19 | 20 => set("repeat", &mut test.repeat, number),
        _ => {
            test.expects = *random.of(&[None, Some(true), Some(false)]);
            format!("expect {:?}", test.expects)
        }
    };
    format!("test {}: {what}", test.name)
}

fn edit_options(test: &mut Test, random: &mut Random) -> String {
    test.fields.k6 = vec![("vus".to_owned(), json!(random.small()))];
    if random.once_in(3) {
        test.fields.k6.push(("userAgent".to_owned(), json!(format!("u{}", random.small()))));
    }
    if random.once_in(3) {
        test.fields.k6.insert(0, ("duration".to_owned(), json!(format!("{}s", random.small()))));
    }
    format!("k6 {:?}", test.fields.k6)
}

fn edit_mode(test: &mut Test, random: &mut Random) -> String {
    test.fields.mode = if random.once_in(2) { Mode::Ok } else { *random.of(&Mode::ALL) };
    format!("mode {:?}", test.fields.mode)
}
