//! k6 replaced while a build is running: nothing is kept under the name of the k6 that is gone.

use crate::space::{Said, Space};
use crate::{SUMMARY, build, executable, faulty};

/// Two tests; the first run of k6 1.1.0 does `change`, in which `$ROOT` is the workspace. `other` is k6 1.2.0.
fn changing(change: &str) -> Space {
    let space = faulty("");
    let root = space.path("").canonicalize().expect("exists");
    let (fake, root) = (space.read("fake-k6"), root.display());
    let run = format!("echo '{SUMMARY}' > $SUMMARY\n");
    space.write("other", &format!("{}{run}", fake.replace("v1.1.0", "v1.2.0")));
    executable(&space, "other");
    space.write("fake-k6", &format!("{fake}{run}ROOT={root}\n{change}\n"));
    let suite = space.read("suites/digits.toml");
    space.write("suites/digits.toml", &format!("{suite}{}", suite.replace("plain\"\n", "later\"\n")));
    space.write("k6_templates/plain.js", "{{ k6_opts }}\nexport default function () { '{{ case }}'; }\n");
    space
}

/// The versions under which results are kept, as their records say.
fn kept(space: &Space) -> Vec<String> {
    let versions = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.contains("\"exit\"").then(|| text.matches("k6 v1.1.0").count().min(1).to_string())
    };
    space.files(".howitzer/v1/records").iter().filter_map(|(_, bytes)| versions(bytes)).collect()
}

#[track_caller]
fn expect_ended_by(said: Said, words: &str) {
    let said = said.expect_code(5);
    for words in ["was replaced while the build was running", "k6 v1.1.0", words] {
        assert!(said.stderr.contains(words), "`{words}` is missing in:\n{}", said.stderr);
    }
}

#[test]
fn a_k6_replaced_by_another_version_ends_the_build_and_nothing_is_kept_under_the_old_one() {
    let space = changing("mv $ROOT/other $ROOT/fake-k6");
    expect_ended_by(build(&space), "and is now `k6 v1.2.0");
    assert_eq!(kept(&space), ["1"], "the first run was the old k6's, and was kept as such");
    let again = build(&space).expect_code(0);
    assert_eq!(again.runs().len(), 2, "{}", again.stderr);
    assert!(again.runs()[0].contains("→ k6 v1.2.0"), "{}", again.stderr);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_k6_that_is_gone_ends_the_build_and_fails_no_run() {
    let space = changing("rm $ROOT/fake-k6");
    expect_ended_by(build(&space), "and is now no usable k6: No such file");
    assert_eq!(kept(&space), ["1"]);
}

#[test]
fn a_k6_replaced_by_the_same_version_changes_nothing() {
    let space =
        changing("cp $ROOT/fake-k6 $ROOT/copy; echo '# rebuilt' >> $ROOT/copy; mv $ROOT/copy $ROOT/fake-k6");
    assert_eq!(build(&space).expect_code(0).runs().len(), 2);
}
