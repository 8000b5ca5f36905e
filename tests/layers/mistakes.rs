//! Mistakes in what was typed: exit 2, shown as it was typed; mistakes in profiles where they stand.

use crate::{layered, refused};

#[test]
fn what_was_typed_wrongly_is_shown_as_it_was_typed() {
    let space = layered();
    for (flags, parts) in [
        (["--set", "k6.vuss=3"], &["command line:1:7", "--set k6.vuss=3", "did you mean `vus`?"][..]),
        (["--set", "vus=many"], &["command line:1:11", "expected a whole number"]),
        (["--set", "vus"], &["expected NAME=VALUE"]),
        (["--set", "repeet=2"], &["did you mean `repeat`?"]),
        (["--set", "repeat=0"], &["command line:1:14", "a whole number of at least 1"]),
        (["--set", "target=three"], &["command line:1:14", "unknown target `three`"]),
        (["--set", "modle=svm"], &["no field and no axis `modle`", "did you mean `model`?"]),
        (["--set", "model=smv"], &["command line:1:13", "did you mean `svm`?"]),
        (["--set", "k6.scenarios.laod.rate=3"], &["reaches no test", "did you mean `load`?"]),
        (["--set", "vars.x={a="], &["command line:1:"]),
        (["--axis", "vus=1,1"], &["command line:1:14", "twice"]),
        (["--axis", "vus=1,x"], &["command line:1:14", "expected a whole number"]),
        (["--axis", "vus={from=8,to=1,step=1}"], &["command line:1:30", "expected a negative step"]),
        (["--axis", "vus=1,"], &["command line:1:14", "a value is missing"]),
        (["--where", "vus|nofilter > 1"], &["unknown filter `nofilter`"]),
        (["--axis", "nope=1"], &["command line:1:8", "unknown field `nope`"]),
        (["--axis", "model=svm,smv"], &["command line:1:18", "did you mean `svm`?"]),
        (["--where", "vuss>1"], &["command line:1:9", "did you mean `vus`?"]),
        (["--where", "vus > "], &["command line:1:"]),
        (["--where", "model>3"], &["not above or below"]),
        (["-P", "cj"], &["--profile cj", "did you mean `ci`?"]),
    ] {
        refused(&space, &flags, 2, parts);
    }
    refused(&space, &["--where", "vus>300"], 4, &["no selected case fulfils `--where vus>300`"]);
}

#[test]
fn a_profile_that_is_wrong_is_shown_where_it_stands_also_when_it_is_not_used() {
    let space = layered();
    for (wrong, parts) in [
        ("set = { \"k6.vuss\" = 3 }", &["howitzer.toml:2:9", "did you mean `vus`?"][..]),
        ("sett = { vus = 3 }", &["howitzer.toml:2:1", "did you mean `set`?"]),
        ("set = 3", &["howitzer.toml:2:7", "expected a table"]),
    ] {
        space.write("howitzer.toml", &format!("[profile.ci]\n{wrong}\n[defaults]\ntemplate = \"t.js\"\n"));
        refused(&space, &[], 3, parts);
    }
    space.write("howitzer.toml", "[profile]\nci = 3\n");
    refused(&space, &[], 3, &["howitzer.toml:2:6", "expected a profile"]);
    // A value is checked in the tests that it reaches.
    space.write("howitzer.toml", "[defaults]\ntemplate = \"t.js\"\n[profile.ci.set]\nvus = \"x\"\n");
    let said = refused(&space, &["-P", "ci"], 3, &["howitzer.toml:4:7", "expected a whole number"]);
    assert_eq!(said.stderr.matches("error:").count(), 1, "{}", said.stderr);
}
