//! A file system that refuses, and files that are not what their names promise.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::fake::{build_in_time, command, howitzer, started_by};
use crate::space::{Said, Space};
use crate::stopped::build_until;
use crate::{SUMMARY, build, build_with, faulty};

fn passing() -> Space {
    faulty(&format!("echo '{SUMMARY}' > $SUMMARY"))
}

/// A workspace whose one case has the payload `one.json` and whose fake k6 keeps what it saw of it.
fn with_payload(more: &str) -> Space {
    let space = faulty("");
    let script = format!("cp ../payloads/one.json seen.txt; {more}\necho '{SUMMARY}' > $SUMMARY\n");
    space.write("fake-k6", &format!("{}{script}", space.read("fake-k6")));
    space.write("payloads/one.json", "first");
    space.edit("suites/digits.toml", "name = \"plain\"", "name = \"plain\"\npayload = \"one.json\"");
    space
}

const SEEN: &str = "out/digits/files/plain/seen.txt";

/// `howitzer` started by bash, after `before`.
fn after(space: &Space, before: &str, arguments: &[&str]) -> Said {
    let script = format!("{before}; exec \"$@\"");
    let mut bash = started_by(&["bash", "-c", &script, "bash"], &command(space, arguments));
    Said::of(bash.output().expect("starts"))
}

/// The scratch trees that the store refused.
fn kept(space: &Space) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(space.path(".howitzer/v1/scratch")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.display().to_string().contains("/kept-")).collect()
}

#[track_caller]
fn expect_kept(space: &Space, said: &Said) {
    let kept = kept(space);
    assert_eq!(kept.len(), 1, "{}", said.stderr);
    assert!(said.stderr.contains("could not be stored; its files are in"), "{}", said.stderr);
    let name = kept[0].file_name().expect("named").to_string_lossy().into_owned();
    assert!(said.stderr.contains(&name), "{}", said.stderr);
    assert_eq!(fs::read_to_string(kept[0].join("summary.json")).expect("kept").trim(), SUMMARY);
}

#[test]
fn a_result_that_the_store_has_no_room_for_stays_in_scratch_and_the_message_says_where() {
    // No file may be longer than 100 kB; k6's output goes through a pipe and is longer.
    let space = faulty(&format!("head -c 300000 /dev/zero | tr '\\0' x; echo '{SUMMARY}' > $SUMMARY"));
    let said = after(&space, "trap '' XFSZ; ulimit -f 100", &["build", "digits"]).expect_code(1);
    expect_kept(&space, &said);
    let again = build(&space).expect_code(0);
    assert_eq!(again.runs().len(), 1, "{}", again.stderr);
    assert_eq!(kept(&space).len(), 1, "the next build removed it");
}

#[test]
fn a_disk_that_is_full_after_a_run_does_not_hide_where_its_result_is() {
    let space = faulty("");
    // The grandparent of the fake is howitzer: from now on it can write nothing at all.
    let full = "prlimit --fsize=0: --pid $(ps -o ppid= -p $PPID)";
    let script = format!("echo '{SUMMARY}' > $SUMMARY; {full}\n");
    space.write("fake-k6", &format!("{}{script}", space.read("fake-k6")));
    let said = after(&space, "trap '' XFSZ", &["build", "digits"]).expect_code(1);
    expect_kept(&space, &said);
}

#[test]
fn whatever_stands_in_the_place_of_a_folder_is_told_and_no_finished_run_is_lost() {
    for (place, runs_left) in [
        ("out", 0),
        ("out/digits", 0),
        ("out/digits/render", 0),
        (".howitzer", 1),
        (".howitzer/v1", 1),
        (".howitzer/v1/scratch", 1),
        (".howitzer/v1/stat", 1),
        (".howitzer/v1/records", 1),
        (".howitzer/v1/blobs", 1),
        (".howitzer/v1/journal", 1),
    ] {
        let space = passing();
        space.write(place, "a file");
        if place.starts_with(".howitzer/v1/") {
            space.write(".howitzer/CACHEDIR.TAG", "");
        }
        let said = build(&space).expect_code(1);
        let (folder, name) = place.rsplit_once('/').unwrap_or(("", place));
        assert!(said.stderr.contains(folder) && said.stderr.contains(name), "{place}: {}", said.stderr);
        assert_eq!(space.read(place), "a file", "{place}");
        fs::remove_file(space.path(place)).expect("removes");
        let next = build(&space).expect_code(0);
        let left = if kept(&space).is_empty() { runs_left } else { 1 };
        assert_eq!(next.runs().len(), left, "{place}: {}", next.stderr);
        assert!(build(&space).expect_code(0).runs().is_empty());
    }
}

/// Has `folders` refuse writes. The administrator is refused nothing, so howitzer runs without that right.
fn read_only(space: &Space, folders: &[&str], arguments: &[&str]) -> Said {
    let modes = |mode| {
        for folder in folders {
            fs::set_permissions(space.path(folder), fs::Permissions::from_mode(mode)).expect("a mode");
        }
    };
    modes(0o555);
    let refused = |prefix: &[&str]| {
        let words = [prefix, &["touch"]].concat();
        let probe = space.path(folders[0]).join("probe");
        let done = Command::new(words[0]).args(&words[1..]).arg(&probe).output();
        let refused = done.is_ok_and(|done| !done.status.success()) && !probe.exists();
        let _ = fs::remove_file(probe);
        refused
    };
    let without_right = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let own = command(space, arguments);
    let mut howitzer = if refused(&[]) {
        own
    } else {
        assert!(refused(&without_right), "nothing on this machine makes a folder read-only: install setpriv");
        started_by(&without_right, &own)
    };
    let said = Said::of(howitzer.output().expect("starts"));
    modes(0o755);
    said
}

#[test]
fn read_only_folders_are_told_and_no_finished_run_is_lost() {
    let space = passing();
    build(&space).expect_code(0);
    space.edit("k6_templates/plain.js", "function ()", "function (data)");
    let said = read_only(&space, &["out/digits", "out/digits/render"], &["build", "digits"]).expect_code(1);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    assert!(said.stderr.contains("out/digits/") && said.stderr.contains("denied"), "{}", said.stderr);
    assert!(build(&space).expect_code(0).runs().is_empty(), "the run was lost");

    space.edit("k6_templates/plain.js", "(data)", "(other)");
    let said = read_only(&space, &[".howitzer", ".howitzer/v1"], &["build", "digits"]);
    assert!(matches!(said.code, Some(0 | 1)), "{}", said.stderr);
    let said = read_only(&space, &[".howitzer/v1/scratch"], &["build", "digits", "--force"]).expect_code(1);
    assert!(said.runs().is_empty() || said.stderr.contains("scratch"), "{}", said.stderr);
    // Readers need no right to write.
    for verb in ["list", "status", "explain", "graph"] {
        read_only(&space, &[".howitzer/v1", ".howitzer", "."], &[verb, "digits"]).expect_code(0);
    }
}

#[test]
fn a_payload_that_cannot_be_read_is_a_mistake_with_its_place() {
    for spoil in [
        (|path| fs::create_dir(path).expect("folder")) as fn(&std::path::Path),
        |path| symlink("nowhere", path).expect("links"),
        |path| symlink("one.json", path).expect("links"),
    ] {
        let space = with_payload("");
        let payload = space.path("payloads/one.json");
        fs::remove_file(&payload).expect("removes");
        spoil(&payload);
        let said = build(&space).expect_code(3);
        assert!(
            said.stderr.contains("no payload `one.json`") && said.stderr.contains("suites/digits.toml:"),
            "{}",
            said.stderr
        );
        assert!(!said.stderr.contains("did you mean `one.json`"), "{}", said.stderr);
        assert!(!space.path(".howitzer").exists(), "a build that cannot begin has begun");
    }
    let space = with_payload("");
    fs::set_permissions(space.path("payloads/one.json"), fs::Permissions::from_mode(0o000)).expect("a mode");
    fs::create_dir(space.path("away")).expect("folder");
    let said = read_only(&space, &["away"], &["build", "digits"]).expect_code(1);
    assert!(
        said.stderr.contains("cannot read") && said.stderr.contains("payloads/one.json"),
        "{}",
        said.stderr
    );
}

#[test]
fn loops_of_links_end() {
    let space = with_payload("");
    for folder in ["payloads", "k6_templates", "suites"] {
        symlink(".", space.path(folder).join("self")).expect("links");
        symlink("..", space.path(folder).join("up")).expect("links");
        symlink("loop", space.path(folder).join("loop")).expect("links");
    }
    space.edit(
        "suites/digits.toml",
        "name = \"plain\"",
        "name = \"plain\"\ninputs = [\"payloads/**/*.json\"]",
    );
    build_in_time(&space).expect_code(0);
    assert!(build(&space).expect_code(0).runs().is_empty());
    howitzer(&space, &["build", "suites"]).expect_code(0);
    space.edit("suites/digits.toml", "one.json", "none.json");
    let said = build(&space).expect_code(3);
    assert!(said.stderr.contains("no payload `none.json`"), "{}", said.stderr);
}

#[test]
fn a_payload_swapped_after_it_was_hashed_is_never_measured_under_the_old_key() {
    for swap in [(|space: &Space| space.write("payloads/one.json", "second")) as fn(&Space), |space| {
        space.write("payloads/other.json", "second");
        fs::remove_file(space.path("payloads/one.json")).expect("removes");
        symlink("other.json", space.path("payloads/one.json")).expect("links");
    }] {
        let space = with_payload("");
        let Ok(stopped) = build_until(&space, "/stat/targets") else { panic!("no such step") };
        swap(&space);
        let said = stopped.go_on().expect_code(1);
        assert!(
            said.stderr.contains("`payloads/one.json` changed while the build was running"),
            "{}",
            said.stderr
        );
        assert!(!space.path(SEEN).exists());
        assert_eq!(build(&space).expect_code(0).runs().len(), 1);
        assert_eq!(space.read(SEEN), "second");
    }
}

#[test]
fn a_payload_swapped_during_a_run_reaches_neither_that_run_nor_its_key() {
    let space = with_payload("");
    let payload = space.path("payloads/one.json").display().to_string();
    let swap = format!("[ -e {payload}.done ] || {{ echo -n second > {payload}; touch {payload}.done; }}");
    let fake = space.read("fake-k6").replace("cp ../pay", &format!("{swap}\ncp ../pay"));
    space.write("fake-k6", &fake);
    let suite = space.read("suites/digits.toml").replace("vus = 1, ", "");
    space.write("suites/digits.toml", &format!("{suite}[test.matrix]\nvus = [1, 2]\n"));
    let said = build(&space).expect_code(1);
    assert_eq!(said.runs().len(), 2, "{}", said.stderr);
    assert!(
        said.stderr.contains("`payloads/one.json` changed while the build was running"),
        "{}",
        said.stderr
    );
    assert_eq!(space.read("out/digits/files/plain[vus=1]/seen.txt"), "first");
    space.write("payloads/one.json", "first");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1, "the finished run was lost");
    space.write("payloads/one.json", "second");
    assert_eq!(build(&space).expect_code(0).runs().len(), 2);
    assert_eq!(space.read("out/digits/files/plain[vus=1]/seen.txt"), "second");
}

#[test]
fn a_payload_swapped_in_the_only_run_makes_the_next_build_run() {
    let space = with_payload("");
    let payload = space.path("payloads/one.json").display().to_string();
    let fake = space.read("fake-k6").replace("cp ../pay", &format!("echo -n second > {payload}\ncp ../pay"));
    space.write("fake-k6", &fake);
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert_eq!(space.read(SEEN), "first");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert_eq!(space.read(SEEN), "second");
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn linked_inputs_are_followed_and_their_content_counts() {
    let space = with_payload("[ -L ../payloads/one.json ] && exit 1");
    space.write("shared/data.json", "first");
    fs::remove_file(space.path("payloads/one.json")).expect("removes");
    symlink("../shared/data.json", space.path("payloads/one.json")).expect("links");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert!(build(&space).expect_code(0).runs().is_empty());
    space.write("shared/data.json", "second");
    let said = build(&space).expect_code(0);
    assert!(said.runs()[0].contains("payload one.json changed"), "{}", said.stderr);
    assert_eq!(space.read(SEEN), "second");
    // Another link to the same content is no change; one to another content is.
    space.write("shared/same.json", "second");
    fs::remove_file(space.path("payloads/one.json")).expect("removes");
    symlink("../shared/same.json", space.path("payloads/one.json")).expect("links");
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_link_out_of_the_workspace_is_refused_unless_it_is_allowed_by_name() {
    let space = with_payload("");
    let outside = tempfile::tempdir().expect("temporary folder");
    let file = outside.path().canonicalize().expect("exists").join("data.json");
    fs::write(&file, "first").expect("writes");
    fs::remove_file(space.path("payloads/one.json")).expect("removes");
    symlink(&file, space.path("payloads/one.json")).expect("links");
    let said = build(&space).expect_code(3);
    let shown = file.display().to_string();
    assert!(said.stderr.contains("`payloads/one.json`") && said.stderr.contains(&shown), "{}", said.stderr);
    assert!(said.stderr.contains("allow = ["), "{}", said.stderr);
    let manifest = space.read("howitzer.toml");
    let allow = |what: &str| {
        space.write("howitzer.toml", &format!("[workspace]\nallow = [\"{what}\"]\n{manifest}"));
    };
    allow("/nowhere/**");
    build(&space).expect_code(3);
    for what in
        [shown.clone(), file.parent().expect("a folder").display().to_string(), shown.replace("data", "*")]
    {
        allow(&what);
        build(&space).expect_code(0);
    }
    assert_eq!(space.read(SEEN), "first");
    assert!(build(&space).expect_code(0).runs().is_empty());
    fs::write(&file, "second").expect("writes");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert_eq!(space.read(SEEN), "second");
    for wrong in ["relative/path", "/a/../b", ""] {
        allow(wrong);
        let said = build(&space).expect_code(3);
        assert!(said.stderr.contains("howitzer.toml:2"), "{wrong}: {}", said.stderr);
    }
}

#[test]
fn templates_and_modules_behind_links_out_of_the_workspace_are_refused_too() {
    let outside = tempfile::tempdir().expect("temporary folder");
    let module = outside.path().join("lib.js");
    fs::write(&module, "export const a = 1;\n").expect("writes");
    for (link, script) in [
        ("k6_templates/lib.js", "import { a } from './lib.js';"),
        ("k6_templates/lib.js", "{% include \"lib.js\" %}"),
        ("k6_templates/lib.js", "const a = open('./lib.js');"),
    ] {
        let space = passing();
        symlink(&module, space.path(link)).expect("links");
        let template = space.read("k6_templates/plain.js");
        space.write("k6_templates/plain.js", &format!("{script}\n{template}"));
        let said = build(&space).expect_code(3);
        assert!(said.stderr.contains("outside the workspace"), "{script}: {}", said.stderr);
    }
}

#[test]
fn a_target_that_cannot_be_asked_after_a_run_does_not_lose_its_attempt() {
    let space = faulty("");
    let version = space.path("version").display().to_string();
    space.write(
        "fake-k6",
        &format!("{}rm -f {version}; echo '{SUMMARY}' > $SUMMARY\n", space.read("fake-k6")),
    );
    space.write("howitzer.toml", "[target.own]\nbase_url = \"x\"\nidentity = [{ file = \"version\" }]\n");
    space.edit("suites/digits.toml", "name = \"plain\"", "name = \"plain\"\ntarget = \"own\"");
    space.write("version", "1");
    let said = build(&space);
    assert!(matches!(said.code, Some(3 | 5)), "{}", said.stderr);
    space.write("version", "1");
    let said = build_with(&space, &["-n"]).expect_code(0);
    assert!(
        said.stdout.contains("target changed") || said.stdout.contains("last attempt"),
        "{}",
        said.stdout
    );
}
