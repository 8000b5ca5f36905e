//! Rows about planning from nothing.

use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use rayon::prelude::*;
use serde_json::json;
use tera::{Context, Tera, Value};

use crate::compiled::{Loaded, Machine, read_and_expanded};
use crate::measure::{interleaved, time_and_memory};
use crate::row::{Found, Row, shown};
use crate::workspace::{BASE_URL, PAYLOADS, Space, TEMPLATE, USERS};
use crate::{Bench, LARGE, MILLION};

/// 100,000 cases read, expanded, rendered, parsed, hashed and planned against an empty store, against the
/// loop that anybody would write, in this process on the same threads.
pub(crate) fn plan(bench: &Bench) -> Row {
    let space = Space::sweep(bench.folder("unbuilt"), LARGE);
    let machine = Machine::of(&space);
    let ours = || {
        let loaded = Loaded::of(&space, "sweep");
        let plan = loaded.plan(&space, &machine);
        assert_eq!(plan.runs.len(), LARGE);
        (loaded, plan)
    };
    let pairs = interleaved(5, ours, || plain_loop(LARGE));
    Row {
        what: "plan from nothing (expand, render, parse, hash), 100,000 cases",
        peer: "a plain loop of tera, oxc and blake3, same process and threads",
        goal: "≤ 1.5",
        found: Found::of(&pairs, 1.5),
    }
}

/// Every script with its digest. The context holds what the template prints.
fn plain_loop(cases: usize) -> Vec<(String, blake3::Hash)> {
    let mut tera = Tera::default();
    tera.add_raw_template("infer.js", TEMPLATE).expect("the template is valid");
    let script = |case: usize| {
        let (payload, rest) = (case * PAYLOADS / cases, case % (cases / PAYLOADS));
        let vus = 1 + rest * USERS * PAYLOADS / cases;
        let options = json!({ "duration": "1s", "vus": vus });
        let pretty = serde_json::to_string_pretty(&options).expect("options are JSON");
        let mut context = Context::new();
        context.insert_value("k6_opts", Value::safe_string(&format!("export const options = {pretty};")));
        context.insert("payload_path", &format!("../payloads/p{payload}.json"));
        context.insert("base_url", BASE_URL);
        context.insert("vars", &json!({ "user": 1 + rest % (cases / PAYLOADS / USERS) }));
        let script = tera.render("infer.js", &context).expect("the template renders");
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, &script, SourceType::mjs()).parse();
        assert!(parsed.diagnostics.is_empty(), "the script is no JavaScript");
        let digest = blake3::hash(script.as_bytes());
        (script, digest)
    };
    (0..cases).into_par_iter().map(script).collect()
}

/// A suite of 1,000,000 cases read and expanded, against nested loops that build the same ids.
pub(crate) fn expand(bench: &Bench) -> Row {
    let space = Space::sweep(bench.folder("million"), MILLION);
    let ours = || read_and_expanded(&space, "sweep");
    let ids: Vec<String> = ours().into_iter().map(|case| case.id).collect();
    assert!(ids == nested_loops(MILLION), "the loops build other ids");
    drop(ids);
    let pairs = interleaved(9, ours, || nested_loops(MILLION));
    Row {
        what: "1,000,000 cases read and expanded",
        peer: "nested loops that build the same ids",
        goal: "≤ 2",
        found: Found::of(&pairs, 2.0),
    }
}

/// The ids of a sweep as anybody would build them.
fn nested_loops(cases: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(cases);
    for payload in 0..PAYLOADS {
        for vus in 1..=USERS {
            for user in 1..=cases / PAYLOADS / USERS {
                ids.push(format!("sweep[payload=p{payload}.json,vus={vus},user={user}]"));
            }
        }
    }
    ids
}

/// 1,000,000 cases planned by the binary, in time and memory, against 100,000.
pub(crate) fn million(bench: &Bench) -> Row {
    let planned = |name: &str, cases: usize| {
        let space = Space::sweep(bench.folder(name), cases);
        time_and_memory(&mut space.howitzer(&["build", "sweep", "-n"]))
    };
    let (few_time, few_bytes) = planned("unbuilt", LARGE);
    let (many_time, many_bytes) = planned("million", MILLION);
    let growth = many_time.as_secs_f64() / few_time.as_secs_f64() / (MILLION / LARGE) as f64;
    let bytes = many_bytes.saturating_sub(few_bytes) as f64 / (MILLION - LARGE) as f64;
    let megabytes = |bytes: u64| bytes >> 20;
    Row {
        what: "1,000,000 cases planned by `build -n`",
        peer: "own time and memory at 100,000",
        goal: "≤ 1.1 × linear, < 1,000 bytes a case",
        found: Found::Measured {
            measured: format!(
                "{} and {} MiB against {} and {} MiB, once",
                shown(many_time),
                megabytes(many_bytes),
                shown(few_time),
                megabytes(few_bytes)
            ),
            ratio: format!("{growth:.2} × linear, {bytes:.0} bytes a case"),
            reached: growth <= 1.1 && bytes < 1000.0,
        },
    }
}
