//! The table of good and bad options, held against both versions of k6.

use howitzer::spec::options::{OPTIONS, OptionSpec, OptionStatus};
use howitzer::spec::scenario::executors;

use crate::generate::{Random, options};
use crate::inspect::{VERSIONS, mistakes, refused_by_k6, said_by_k6};
use crate::table::{BAD, GOOD, LEFT_TO_K6, STRICTER};

/// How many random tables are compared.
const CASES: usize = 300;

#[test]
fn what_k6_refuses_is_refused_and_nothing_else_but_what_the_table_says_why() {
    let strict = STRICTER.iter().flat_map(|(_, tables)| *tables);
    let left = LEFT_TO_K6.iter().flat_map(|(_, tables)| *tables);
    let ours = |table: &&&str| (table.to_string(), mistakes(table));
    let all = GOOD.iter().chain(BAD).chain(strict.clone()).chain(left.clone());
    let tables: Vec<String> = all.map(|table| (*table).to_owned()).collect();
    let mut disagreements = Vec::new();
    for (table, mistakes) in GOOD.iter().chain(left.clone()).collect::<Vec<_>>().iter().map(ours) {
        if !mistakes.is_empty() {
            disagreements.push(format!("good, and refused by us: {table}\n{mistakes}"));
        }
    }
    for (table, mistakes) in BAD.iter().chain(strict.clone()).collect::<Vec<_>>().iter().map(ours) {
        if mistakes.is_empty() {
            disagreements.push(format!("bad, and not refused by us: {table}"));
        }
    }
    for version in VERSIONS {
        let refused = refused_by_k6(version, &tables);
        for table in GOOD.iter().chain(strict.clone()) {
            if let Some(why) = refused.get(*table) {
                disagreements.push(format!("good, and refused by k6 {version}: {table}\n{why}"));
            }
        }
        for table in BAD.iter().chain(left.clone()).filter(|table| !refused.contains_key(**table)) {
            disagreements.push(format!("bad, and not refused by k6 {version}: {table}"));
        }
    }
    assert!(disagreements.is_empty(), "{} disagreements\n{}", disagreements.len(), disagreements.join("\n"));
}

#[test]
fn every_option_and_executor_is_in_the_releases_that_the_table_names() {
    let release_of = |version: &str| {
        let mut numbers = version.split('.').map(|number| number.parse().expect("a number"));
        (numbers.next().expect("a major number"), numbers.next().expect("a minor number"))
    };
    let value = |option: &OptionSpec| match option.name {
        // One needs the other, and k6 itself says nothing of a segment that is alone.
        "executionSegmentSequence" => r#""0,1/2,1","executionSegment":"0:1/2""#.to_owned(),
        name => of_a_good_table(name).unwrap_or_else(|| "null".to_owned()),
    };
    for version in VERSIONS {
        let release = release_of(version);
        let options = OPTIONS.iter().filter(|option| option.status == OptionStatus::Current);
        let tables: Vec<(bool, String)> = options
            .map(|option| (option.known.holds(release), format!("{{\"{}\":{}}}", option.name, value(option))))
            .chain(executors().map(|(name, needs, _, known)| (known.holds(release), scenario(name, needs))))
            .collect();
        let texts: Vec<String> = tables.iter().map(|(_, table)| table.clone()).collect();
        let said = said_by_k6(version, &texts);
        for (is_known, table) in &tables {
            let said = &said[table];
            let knows_it = !said.is_refusal && !said.stderr.contains("unknown field");
            assert_eq!(knows_it, *is_known, "k6 {version}: {table}\n{}", said.stderr);
        }
    }
}

/// A value of the option that k6 takes.
fn of_a_good_table(name: &str) -> Option<String> {
    let value = |table: &&str| {
        let read: serde_json::Value = serde_json::from_str(table).ok()?;
        let only = read.as_object().filter(|table| table.len() == 1)?;
        only.get(name).filter(|value| !value.is_null()).map(ToString::to_string)
    };
    GOOD.iter().find_map(value)
}

/// A scenario with just what its executor needs.
fn scenario(executor: &str, needs: &[&str]) -> String {
    let value = |field: &&str| match *field {
        "duration" => r#""duration":"1s""#.to_owned(),
        "stages" => r#""stages":[{"duration":"1s","target":1}]"#.to_owned(),
        other => format!("\"{other}\":1"),
    };
    let fields = needs.iter().map(value).map(|field| format!(",{field}")).collect::<String>();
    format!("{{\"scenarios\":{{\"a\":{{\"executor\":\"{executor}\"{fields}}}}}}}")
}

/// Where k6 and howitzer differ by intention, as the table says.
fn by_intention(table: &str, ours: &str) -> bool {
    let has_load = ["duration", "iterations", "stages", "scenarios"]
        .iter()
        .any(|name| table.replace("\"stages\": []", "").contains(name));
    let only_vus = !has_load && table.contains("\"vus\": ") && ours.matches("error:").count() == 1;
    let has_idle_users =
        ours.contains("`vus` alone has no effect") || ours.contains("`vus` has no effect beside");
    only_vus
        || has_idle_users
        || ours.contains("a paused test waits")
        || ours.contains("the stage has no `duration`")
}

#[test]
fn random_options_are_refused_by_both_or_by_none() {
    let mut random = Random(20_251_124);
    let tables: Vec<String> = (0..CASES).map(|_| options(&mut random)).collect();
    let (mut disagreements, mut refused_by_both) = (Vec::new(), 0);
    for version in VERSIONS {
        let refused = refused_by_k6(version, &tables);
        for table in &tables {
            let ours = mistakes(table);
            match (refused.get(table), ours.is_empty()) {
                // Of which type a metric of its own is, only the script knows.
                (Some(why), true) if why.contains("applied on metric own_") => {}
                (Some(why), true) => disagreements.push(format!("k6 {version} refuses: {table}\n{why}")),
                (None, false) if !by_intention(table, &ours) => {
                    disagreements.push(format!("k6 {version} takes: {table}\n{ours}"));
                }
                (Some(_), false) => refused_by_both += 1,
                _ => {}
            }
        }
    }
    assert!(disagreements.is_empty(), "{} disagreements\n{}", disagreements.len(), disagreements.join("\n"));
    // Else the tables would not be worth the time.
    assert!(
        (CASES / 2..CASES * VERSIONS.len() - CASES / 2).contains(&refused_by_both),
        "{refused_by_both} of {}",
        CASES * VERSIONS.len()
    );
}
