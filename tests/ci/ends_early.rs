//! Builds that end before they have built every suite: what CI is told of those that were not.

use std::path::Path;

use roxmltree::{Document, Node};

use crate::space::{SUITE, Said, Space, wait_for};

/// Builds these suites as a step of a job of GitHub's whose repository is the workspace.
fn build(space: &Space, suites: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = space.command(&[&["build"], suites, &["--report", "junit.xml"]].concat());
    let root = space.path("").canonicalize().expect("exists");
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", root);
    command.env("GITHUB_STEP_SUMMARY", space.path("summary.md")).envs(variables.iter().copied());
    Said::of(command.output().expect("starts"))
}

/// The suites of JUnit's file: name, and each case with the element and message of its answer.
#[track_caller]
fn suites(space: &Space) -> Vec<(String, Vec<(String, String)>)> {
    let text = space.read("junit.xml");
    let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    crate::junit::check_counts(&document);
    let name = |node: Node<'_, '_>| node.attribute("name").unwrap_or_default().to_owned();
    let answer = |case: Node<'_, '_>| {
        let answer = case.children().find(|child| !child.has_tag_name("system-out") && child.is_element());
        let told = answer.map(|answer| {
            let message = answer.attribute("message").unwrap_or_default();
            format!("{}: {message}", answer.tag_name().name())
        });
        (name(case), told.unwrap_or_default())
    };
    let cases = |suite: Node<'_, '_>| {
        suite.children().filter(|node| node.has_tag_name("testcase")).map(answer).collect::<Vec<_>>()
    };
    let all = document.root_element().children().filter(Node::is_element);
    all.map(|suite| (name(suite), cases(suite))).collect()
}

fn one(name: &str, answer: &str) -> (String, Vec<(String, String)>) {
    (name.to_owned(), vec![(name.to_owned(), answer.to_owned())])
}

fn errors(said: &Said) -> Vec<&str> {
    said.stderr.lines().filter(|line| line.starts_with("::error")).collect()
}

#[test]
fn a_mistake_in_a_suite_stands_in_every_document_and_the_others_are_skipped() {
    let space = Space::new();
    space.write("suites/broken.toml", "[[test]]\nname = \"x\"\ntemplate = \"grpc/infer.js\"\npayloud = 1\n");
    let said = build(&space, &["digits", "broken"], &[]).expect_code(3);
    let mistake = "unknown key `payloud`";
    assert_eq!(
        suites(&space),
        [one("broken", &format!("error: {mistake}")), one("digits", "skipped: the build ended before it")]
    );
    let text = space.read("junit.xml");
    assert!(
        text.contains("file=\"suites/broken.toml\"") && text.contains("suites/broken.toml:4:1"),
        "{text}"
    );
    let summary = space.read("summary.md");
    for part in [
        "## broken\n\n**Failed, exit 3**\n\n```text\nerror: unknown key `payloud`\n",
        "**Not run**: the build",
    ] {
        assert!(summary.contains(part), "{summary}");
    }
    let [error] = errors(&said)[..] else { panic!("{}", said.stderr) };
    let place = "::error file=suites/broken.toml,line=4,col=1,title=howitzer::unknown key `payloud`%0A";
    assert!(error.starts_with(place) && error.contains("hint: did you mean `payload`?"), "{error}");
    // Whoever looks first, as the workflow does, is told the same.
    let first = space.read("summary.md");
    let mut plan = space.command(&["build", "broken", "-n"]);
    plan.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", space.path("summary.md"));
    let said = Said::of(plan.output().expect("starts")).expect_code(3);
    assert_eq!(errors(&said).len(), 1, "{}", said.stderr);
    assert!(space.read("summary.md").strip_prefix(&first).is_some_and(|more| more.contains("exit 3")));
}

#[test]
fn mistakes_of_several_suites_are_told_at_once() {
    let space = Space::new();
    for name in ["one", "two"] {
        space.write(&format!("suites/{name}.toml"), "[[test]]\nname = \"x\"\nnosuch = 1\n");
    }
    let said = build(&space, &["one", "two"], &[]).expect_code(3);
    let told = suites(&space);
    assert!(told.iter().all(|(_, cases)| cases[0].1.starts_with("error: ")), "{told:?}");
    for name in ["one", "two"] {
        let file = format!("file=suites/{name}.toml,line=3,");
        assert!(errors(&said).iter().any(|error| error.contains(&file)), "{}", said.stderr);
    }
}

#[test]
fn a_manifest_that_cannot_be_read_is_an_error_of_the_build_and_shows_no_secret() {
    let space = Space::new();
    let manifest = space.read("howitzer.toml");
    space.write(
        "howitzer.toml",
        &format!("{manifest}[export.prometheus]\nurl = \"http://a\"\nbearer = \"geheim-17\"\n"),
    );
    let said = build(&space, &["digits"], &[]).expect_code(3);
    let told = suites(&space);
    assert_eq!((told.len(), told[0].0.as_str()), (1, "howitzer build"));
    assert!(told[0].1[0].1.starts_with("error: "), "{told:?}");
    let line = manifest.lines().count() + 3;
    assert!(
        errors(&said)[0].starts_with(&format!("::error file=howitzer.toml,line={line},col=")),
        "{}",
        said.stderr
    );
    let summary = space.read("summary.md");
    assert!(summary.starts_with("## howitzer build\n\n**Failed, exit 3**\n"), "{summary}");
    for text in [&summary, &space.read("junit.xml"), &said.stderr, &said.stdout] {
        assert!(!text.contains("geheim-17"), "{text}");
    }
}

#[test]
fn without_k6_every_suite_has_the_error() {
    let space = Space::new();
    let said = build(&space, &["digits"], &[("HOWITZER_K6", "/nowhere/k6")]).expect_code(5);
    let told = suites(&space);
    assert_eq!((told.len(), told[0].0.as_str()), (1, "digits"));
    assert!(told[0].1[0].1.starts_with("error: "), "{told:?}");
    assert!(space.read("summary.md").starts_with("## digits\n\n**Failed, exit 5**\n"));
    assert_eq!(errors(&said).len(), 1, "{}", said.stderr);
    assert!(errors(&said)[0].starts_with("::error title=howitzer::"), "{}", said.stderr);
}

#[test]
fn the_cases_of_a_suite_after_a_stop_are_skipped() {
    let space = Space::new();
    space.write("suites/later.toml", SUITE);
    space.write(
        "k6_templates/thrown.js",
        "{{ k6_opts }}\nexport function setup() { throw new Error('no'); }\nexport default function () {}\n",
    );
    space.write(
        "suites/first.toml",
        "[[test]]\nname = \"x\"\ntemplate = \"thrown.js\"\nk6 = { iterations = 1 }\n",
    );
    build(&space, &["first", "later"], &[]).expect_code(100);
    let told = suites(&space);
    let skipped = |payload: &str| {
        (format!("grpc[vus=1,payload={payload}]"), "skipped: the build ended before it".to_owned())
    };
    let later = ("later".to_owned(), vec![skipped("digits-1.json"), skipped("digits-64.json")]);
    assert_eq!(told[1], later);
    assert!(told[0].1[0].1.starts_with("error: failed"), "{told:?}");
}

#[test]
fn an_interrupted_build_says_what_it_did_not_reach() {
    let space = Space::new();
    space.write("suites/later.toml", SUITE);
    space.edit("suites/digits.toml", "duration = \"1s\"", "duration = \"1m\"");
    let mut command = space.command(&["build", "digits", "later", "--report", "junit.xml"]);
    let child = command.env("GITHUB_STEP_SUMMARY", space.path("summary.md")).spawn().expect("starts");
    let has_k6 = || space.leftovers().iter().any(|line| line.contains("k6"));
    wait_for(has_k6);
    let id = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process");
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it runs");
    Said::of(child.wait_with_output().expect("ends")).expect_code(130);
    let told = suites(&space);
    assert_eq!(told[1].0, "later");
    assert_eq!(told[1].1[0].1, "skipped: the build was interrupted before it");
    assert!(space.read("summary.md").contains("**Not run**: the build was interrupted before it"));
    assert!(Path::new(&space.path("junit.xml")).is_file());
}
