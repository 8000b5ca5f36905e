//! Wrong input of every kind, made from good input: whatever is read, nothing panics, every mistake stands in its
//! file and is said in words, and what is accepted is the same when it is read again.
//!
//! `HOWITZER_FUZZ_MINUTES=10 cargo test --test fuzz NAME -- --nocapture` goes on for that long and prints the seeds;
//! `HOWITZER_FUZZ_SEED=N` begins with another one, and `HOWITZER_FUZZ_INPUTS=1` ends after it. What is read lies in
//! `target/tmp/fuzz/NAME`, also after a crash, and that of a single input in `target/tmp/fuzz/NAME-N`.

#![allow(clippy::print_stdout, reason = "whoever fuzzes reads the seeds")]

mod mutate;
mod seeds;
mod workspace;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mutate::{Random, mutated};
use workspace::{Finding, Folder, Outcome, Typed};

/// How many inputs a plain `cargo test` makes for each target.
const SHORT: u64 = 150;
/// The longest that one input may take while somebody watches.
const LONGEST: Duration = Duration::from_secs(30);

/// The stack of a program's main thread, on which suites are read; a test's has 2 MiB.
const STACK: usize = 8 << 20;

/// Does it on a stack like that of the main thread.
fn as_main(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.expect("a thread").join().expect("no panic");
    });
}

/// Runs `one` over seeds, for a number of them or for minutes.
fn fuzz(name: &str, one: impl FnMut(&Folder, &mut Random) -> Result<Outcome, Finding> + Send) {
    as_main(|| over_seeds(name, one));
}

fn over_seeds(name: &str, mut one: impl FnMut(&Folder, &mut Random) -> Result<Outcome, Finding>) {
    let number = |variable: &str| std::env::var(variable).ok()?.parse::<u64>().ok();
    let minutes = number("HOWITZER_FUZZ_MINUTES");
    let first = number("HOWITZER_FUZZ_SEED").unwrap_or(0);
    let inputs = number("HOWITZER_FUZZ_INPUTS").unwrap_or(SHORT);
    let folder = Folder::new(&if inputs == 1 { format!("{name}-{first}") } else { name.to_owned() });
    let end = minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let mut found: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let (mut accepted, mut seed) = (0, first);
    let now = std::sync::Arc::new(AtomicU64::new(first));
    let is_watched = minutes.is_some() || inputs == 1;
    if is_watched {
        watch(name, &now);
    }
    while end.map_or(seed < first + inputs, |end| Instant::now() < end) {
        now.store(seed, Ordering::Relaxed);
        let begun = Instant::now();
        let result = one(&folder, &mut Random::new(seed));
        if is_watched && begun.elapsed() > Duration::from_secs(2) {
            println!("{name}, seed {seed}: {:?}", begun.elapsed());
        }
        match result {
            Ok(Outcome::Accepted(_)) => accepted += 1,
            Ok(Outcome::Refused(_)) => {}
            Err(finding) => {
                let kind = found.entry(kind(&finding)).or_insert_with(|| {
                    println!("{name}, seed {seed}: {finding}\n");
                    (seed, 0)
                });
                kind.1 += 1;
            }
        }
        seed += 1;
    }
    println!(
        "{name}: {} inputs from seed {first} on, {accepted} accepted, findings: {found:#?}",
        seed - first
    );
    assert!(found.is_empty(), "{name}: {found:#?}");
}

/// Ends the process where one input takes too long.
fn watch(name: &str, now: &std::sync::Arc<AtomicU64>) {
    let (name, now) = (name.to_owned(), std::sync::Arc::clone(now));
    std::thread::spawn(move || {
        let (mut last, mut since) = (u64::MAX, Instant::now());
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let seed = now.load(Ordering::Relaxed);
            if seed != last {
                (last, since) = (seed, Instant::now());
            } else if since.elapsed() > LONGEST {
                println!("{name}, seed {seed}: it takes longer than {LONGEST:?}");
                std::process::abort();
            }
        }
    });
}

/// A finding without what differs from input to input.
fn kind(finding: &str) -> String {
    let mut is_quoted = false;
    let plain = finding.lines().next().unwrap_or_default().chars().filter(|character| {
        is_quoted ^= *character == '`';
        !is_quoted && !character.is_ascii_digit()
    });
    plain.take(60).collect()
}

fn suite_of(
    ending: &'static str,
    seeds: &'static [String],
) -> impl FnMut(&Folder, &mut Random) -> Result<Outcome, Finding> {
    move |folder, random| {
        let (seed, other) = (random.below(seeds.len()), random.below(seeds.len()));
        folder.write(&format!("suites/x.{ending}"), &mutated(&seeds[seed], &seeds[other], random));
        folder.examined("x", &Typed::default())
    }
}

#[test]
fn suites_in_toml() {
    fuzz("suites_in_toml", suite_of("toml", seeds::toml()));
}

#[test]
fn suites_in_json() {
    fuzz("suites_in_json", suite_of("json", seeds::json()));
}

#[test]
fn templates() {
    fuzz("templates", |folder, random| {
        let (text, other) = (random.of(seeds::TEMPLATES), random.of(seeds::TEMPLATES));
        folder.write("k6_templates/t.js", &mutated(text, other, random));
        folder.write("suites/x.toml", seeds::SUITE_OF_TEMPLATE.as_bytes());
        folder.examined("x", &Typed::default())
    });
}

#[test]
fn manifests() {
    fuzz("manifests", |folder, random| {
        let toml = seeds::toml();
        let other = &toml[random.below(toml.len())];
        folder.write("howitzer.toml", &mutated(seeds::MANIFEST, other, random));
        folder.write("suites/x.toml", seeds::SUITE_OF_TEMPLATE.as_bytes());
        folder.examined("suites/x.toml", &Typed::default())
    });
}

#[test]
fn what_is_typed() {
    fuzz("what_is_typed", |folder, random| {
        folder.write("suites/x.toml", seeds::SUITE_OF_TEMPLATE.as_bytes());
        let mut typed = Typed::default();
        for _ in 0..=random.below(2) {
            let (of, list) = match random.below(5) {
                0 => (seeds::SETS, &mut typed.sets),
                1 => (seeds::AXES, &mut typed.axes),
                2 => (seeds::CONDITIONS, &mut typed.conditions),
                3 => (seeds::SELECTORS, &mut typed.selectors),
                _ => (seeds::THRESHOLDS, &mut typed.sets),
            };
            let text = mutated(random.of(of), random.of(of), random);
            list.push(String::from_utf8_lossy(&text).into_owned());
        }
        let asked = format!("{typed:?}");
        folder.write("typed", asked.as_bytes());
        folder.examined("x", &typed).map_err(|finding| format!("{finding} of {asked:.2000}"))
    });
}

/// Each of these ended the process, or took half a minute or more.
#[test]
fn what_was_found_once_is_found_no_more() {
    as_main(what_was_found_once);
}

fn what_was_found_once() {
    let folder = Folder::new("regressions");
    let test = |fields: &str| format!("[[test]]\nname = \"a\"\ntemplate = \"t.js\"\n{fields}\n");
    let outcome = |folder: &Folder| folder.examined("x", &Typed::default()).expect("no finding");
    for (open, close) in [("(", ")"), ("[", "]"), ("-(", ")"), ("x => (", ")")] {
        let deep = [&open.repeat(3000), "1", &close.repeat(3000)].concat();
        let script = format!("{{{{ k6_opts }}}}\nconst a = {deep};\nexport default function () {{}}\n");
        folder.write("k6_templates/t.js", script.as_bytes());
        folder.write("suites/x.toml", test("k6.vus = 1").as_bytes());
        assert_eq!(outcome(&folder), Outcome::Accepted(vec!["a".to_owned()]), "{open}");
    }
    for (open, close) in [("(x = a < (", ")) => 1"), ("a < { m(x = ", ") {} }"), ("a ? (b) : c => (", ")")] {
        let deep = [&open.repeat(600), "1", &close.repeat(600)].concat();
        let script = format!("{{{{ k6_opts }}}}\nconst a = {deep};\nexport default function () {{}}\n");
        folder.write("k6_templates/t.ts", script.as_bytes());
        folder.write("suites/x.toml", test("k6.vus = 1").replace("t.js", "t.ts").as_bytes());
        let Outcome::Refused(said) = outcome(&folder) else { panic!("{open} would take years to parse") };
        assert!(said.contains("nested too deeply"), "{said}");
    }
    for chain in [".a".repeat(250), " + 1".repeat(250), " | upper".repeat(250), "[0]".repeat(20_000)] {
        let ifs = ["{% if true %}".repeat(39), "{% endif %}".repeat(39)];
        let script = format!("{{{{ k6_opts }}}}{}{{{{ suite{chain} }}}}{}\n", ifs[0], ifs[1]);
        folder.write("k6_templates/t.js", script.as_bytes());
        folder.write("suites/x.toml", test("k6.vus = 1").as_bytes());
        assert!(matches!(outcome(&folder), Outcome::Refused(_)), "a chain is too long, or leads nowhere");
    }
    let parent = "{% extends \"part.{% if true %}js{% endif %}\" %}\n";
    folder.write("k6_templates/t.js", parent.as_bytes());
    let Outcome::Refused(said) = outcome(&folder) else { panic!("it has no parent") };
    assert!(said.contains("no template `part.{% if") && said.contains("t.js:1:13"), "{said}");
    for (call, line) in
        [("file(path=\"payloads/digitsor1.json\")", "t.js:2:9"), ("file(path=vars.none)", "t.js:2:9")]
    {
        let script =
            format!("{{{{ k6_opts }}}}\nopen({{{{ {call} | json }}}});\nexport default function () {{}}\n");
        folder.write("k6_templates/t.js", script.as_bytes());
        folder.write("suites/x.toml", test("k6.vus = 1\nvars.none = \"payloads/none\"").as_bytes());
        let Outcome::Refused(said) = outcome(&folder) else { panic!("{call} is no file") };
        assert!(said.contains(line) && said.contains("is no file of the workspace"), "{said}");
    }
    let dashes = format!("k6.vus = [1, {}\n", "-".repeat(20_000));
    folder.write("suites/x.toml", test(&dashes).as_bytes());
    let Outcome::Refused(said) = outcome(&folder) else { panic!("dashes are no number") };
    assert!(
        said.matches("error:").count() <= 20,
        "one wrong word is told {} times",
        said.matches("error:").count()
    );
}
