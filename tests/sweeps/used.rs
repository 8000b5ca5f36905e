//! What a user does with the cases of a sweep: listed, selected, drawn, built, explained.

use crate::fake::howitzer;
use crate::workspace::Workspace;

const SUITE: &str = r#"[[test]]
name = "t"
template = "seen.js"
base_url = "http://base"
cooldown = "0s"
k6 = { duration = "2s" }
[test.matrix]
vus = [1, 2]
model = [{ label = "svm", set = { "vars.m" = "s" } }, { label = "big", set = { "vars.m" = "b" } }]
[[test.exclude]]
model = "big"
vus = 2
[[test.patch]]
match = { model = "svm" }
set = { "k6.insecureSkipTLSVerify" = true }
[[test.include]]
vus = 8
model = "big"
set = { "vars.more" = 5 }
"#;

const IDS: [&str; 4] =
    ["t[vus=1,model=svm]", "t[vus=1,model=big]", "t[vus=2,model=svm]", "t[vus=8,model=big]"];

fn listed(space: &Workspace) -> Vec<String> {
    space.howitzer(&["list", "x"]).expect_code(0).stdout.lines().map(str::to_owned).collect()
}

/// A suite of one test with these lines.
fn suite(lines: &str) -> Workspace {
    Workspace::with_suite(&format!(
        "[[test]]\nname = \"t\"\ntemplate = \"seen.js\"\nbase_url = \"u\"\nvars = {{ v = 1 }}\n\
         k6 = {{ duration = \"2s\" }}\n{lines}\n"
    ))
}

#[test]
fn included_and_patched_cases_are_cases_like_any_other() {
    let space = Workspace::with_suite(SUITE);
    assert_eq!(listed(&space), IDS);
    let one = howitzer(&space, &["build", "x", "t[vus=8*", "-n"]).expect_code(0).stdout;
    assert_eq!(one.lines().count(), 1, "{one}");
    assert!(one.contains("t[vus=8,model=big]"), "{one}");
    assert!(
        howitzer(&space, &["graph", "x", "--level", "case"])
            .expect_code(0)
            .stdout
            .contains("t[vus=8,model=big]")
    );
    howitzer(&space, &["build", "x"]).expect_code(0);
    for id in IDS {
        assert!(space.path(&format!("out/x/summary/{id}.json")).is_file(), "{id}");
    }
    howitzer(&space, &["build", "x", "--check"]).expect_code(0);
}

#[test]
fn what_a_patch_changes_is_explained_as_an_option_and_renames_nothing() {
    let space = Workspace::with_suite(SUITE);
    howitzer(&space, &["build", "x"]).expect_code(0);
    let edited = SUITE.replace("\"k6.insecureSkipTLSVerify\" = true", "\"k6.insecureSkipTLSVerify\" = false");
    space.write("suites/x.toml", &edited);
    assert_eq!(listed(&space), IDS);
    let explained = howitzer(&space, &["explain", "x"]).expect_code(0).stdout;
    assert_eq!(explained.matches("k6 option insecureSkipTLSVerify true → false").count(), 2, "{explained}");
    space.write("suites/x.toml", &edited.replace("\"vars.more\" = 5", "\"vars.more\" = 6"));
    let explained = howitzer(&space, &["explain", "x", "t[vus=8,model=big]"]).expect_code(0).stdout;
    assert!(explained.contains("vars.more 5 → 6"), "{explained}");
}

#[test]
fn the_later_of_two_patches_wins() {
    let space = suite(
        "matrix.\"vars.a\" = [1, 2]\n\
         patch = [{ match = { a = [1, 2] }, set = { \"vars.v\" = \"first\", base_url = \"b\" } },\n\
                  { when = \"a > 1\", set = { \"vars.v\" = \"second\" } }]",
    );
    space.howitzer(&["render", "x"]).expect_code(0);
    assert_eq!(space.seen("t[a=1]")["vars"]["v"], "first");
    assert_eq!(space.seen("t[a=2]")["vars"]["v"], "second");
    assert_eq!(space.seen("t[a=2]")["base_url"], "b");
}

#[test]
fn a_patch_that_makes_two_cases_one_measurement_is_refused() {
    let space = suite(
        "matrix.model = [{ label = \"a\", set = { \"vars.v\" = 1 } }, { label = \"b\", set = { \"vars.v\" = 2 } }]\n\
         patch = [{ match = { model = \"b\" }, set = { \"vars.v\" = 1 } }]",
    );
    space.write("k6_templates/seen.js", "{{ k6_opts }}\n{{ vars.v }}\nexport default function () {}\n");
    let said = howitzer(&space, &["build", "x", "-n"]).expect_code(3);
    assert!(said.stderr.contains("t[model=a]") && said.stderr.contains("t[model=b]"), "{}", said.stderr);
}

#[test]
fn a_patch_may_choose_a_template_that_nothing_else_names() {
    let space =
        suite("matrix.vus = [1, 2]\npatch = [{ match = { vus = 2 }, set = { template = \"other.js\" } }]");
    space.write("k6_templates/other.js", "{{ k6_opts }}\nconst other = 1;\nexport default function () {}\n");
    space.howitzer(&["render", "x"]).expect_code(0);
    let script = std::fs::read_to_string(space.path("out/x/render/t[vus=2].js")).expect("a script");
    assert!(script.contains("const other"), "{script}");
}

#[test]
fn a_patch_may_turn_one_executor_into_another() {
    let scenario = "[test.k6.scenarios.load]\nexecutor = \"constant-vus\"\nvus = 1\nduration = \"2s\"\n";
    let test =
        format!("[[test]]\nname = \"t\"\ntemplate = \"seen.js\"\nbase_url = \"u\"\nvars = {{}}\n{scenario}");
    let patched = |set: &str| {
        Workspace::with_suite(&format!(
            "{test}[test.matrix]\n\"vars.a\" = [1, 2]\n[[test.patch]]\nmatch = {{ a = 2 }}\nset = {{ {set} }}\n"
        ))
    };
    let whole = "{ executor = \"per-vu-iterations\", iterations = 3 }";
    let space = patched(&format!("\"k6.scenarios.load\" = {whole}"));
    space.howitzer(&["render", "x"]).expect_code(0);
    assert_eq!(space.seen("t[a=2]")["options"]["scenarios"]["load"]["iterations"], 3);
    let said = patched("\"k6.scenarios.load.executor\" = \"constant-arrival-rate\"").howitzer(&["list", "x"]);
    assert!(said.expect_code(3).stderr.contains("`preAllocatedVUs`"));
}

#[test]
fn only_scenarios_of_combinations_that_there_are_must_be_whole() {
    let pairs = "[test.matrix]\n\"vars.k\" = [1, 2]\n\
                 \"k6.scenarios.load\" = [{ label = \"v\", value = { executor = \"constant-vus\", duration = \"1s\" } },\n\
                 { label = \"r\", value = { executor = \"constant-arrival-rate\", duration = \"1s\", rate = 5 } }]\n";
    // k6 refuses a duration beside scenarios.
    let test = "[[test]]\nname = \"t\"\ntemplate = \"seen.js\"\nbase_url = \"u\"\nvars = {}\n";
    let said = |rules: &str| Workspace::with_suite(&format!("{test}{pairs}{rules}")).howitzer(&["list", "x"]);
    assert!(said("").expect_code(3).stderr.contains("`preAllocatedVUs`"));
    said("[[test.exclude]]\nload = \"r\"\n").expect_code(0);
}

#[test]
fn max_cases_counts_what_excludes_leave_of_a_product_that_is_never_kept() {
    let axes = "matrix = { \"vars.a\" = { from = 1, to = 1000, step = 1 }, \"vars.b\" = { from = 1, to = 1000, step = 1 } }\n";
    let space = suite(&format!("{axes}exclude = [{{ a = {{ gt = 2 }} }}, {{ b = {{ gt = 200 }} }}]"));
    assert_eq!(listed(&space).len(), 400);
    let space = suite(&format!("{axes}exclude = [{{ a = {{ gt = 3 }} }}, {{ b = {{ gt = 200 }} }}]"));
    let said = space.howitzer(&["list", "x"]).expect_code(3);
    assert!(said.stderr.contains("1000 × 1000 cases, 999400 excluded"), "{}", said.stderr);
}

#[test]
fn zipped_axes_vary_at_the_place_of_the_first() {
    let space = suite(
        "matrix = { \"vars.a\" = [1, 2], vus = [1, 2], \"vars.b\" = [\"x\", \"y\"] }\nsweep.zip = [[\"b\", \"a\"]]",
    );
    assert_eq!(
        listed(&space),
        ["t[a=1,vus=1,b=x]", "t[a=1,vus=2,b=x]", "t[a=2,vus=1,b=y]", "t[a=2,vus=2,b=y]"]
    );
}

#[test]
fn durations_compare_by_length_and_labels_and_values_are_told_apart() {
    let space = suite(
        "matrix = { \"vars.wait\" = [\"900ms\", \"1m\", \"90s\"], \"vars.size\" = [{ label = \"low\", value = 5 }, { label = \"high\", value = 50 }] }\n\
         exclude = [{ wait = { ge = \"60s\" }, size = { lt = 10 } }, { when = \"wait | seconds < 1 and vars.size == 50\" }]\n\
         id = \"{{ size }}/{{ wait }}\"",
    );
    assert_eq!(listed(&space), ["low/900ms", "high/1m", "high/90s"]);
}

#[test]
fn a_set_up_acts_on_a_value_that_only_an_include_gives() {
    let space = suite(
        "matrix = { vus = [1], replicas = [1] }\ninclude = [{ vus = 1, replicas = 4 }]\n\
         setup = [{ axis = \"replicas\", apply = [\"bash\", \"-c\", \"echo {{ value }} >> applied\"] }]\n\
         cooldown = \"0s\"",
    );
    howitzer(&space, &["build", "x"]).expect_code(0);
    assert_eq!(std::fs::read_to_string(space.path("applied")).expect("applied"), "1\n4\n");
}

#[test]
fn another_id_runs_nothing_anew() {
    let lines = |id: &str| format!("cooldown = \"0s\"\nmatrix.vus = [1, 2]\n{id}");
    let space = suite(&lines(""));
    space.write("k6_templates/seen.js", "{{ k6_opts }}\nexport default function () {}\n");
    howitzer(&space, &["build", "x"]).expect_code(0);
    let text = std::fs::read_to_string(space.path("suites/x.toml")).expect("the suite");
    space.write("suites/x.toml", &text.replace("[[test]]\n", "[[test]]\nid = \"users-{{ vus }}\"\n"));
    assert_eq!(listed(&space), ["users-1", "users-2"]);
    let planned = howitzer(&space, &["build", "x", "-n"]).expect_code(0);
    assert!(!planned.stdout.contains("run "), "{}", planned.stdout);
    howitzer(&space, &["build", "x"]).expect_code(0);
    assert!(space.path("out/x/summary/users-1.json").is_file());
    assert!(!space.path("out/x/summary/t[vus=1].json").exists());
}
