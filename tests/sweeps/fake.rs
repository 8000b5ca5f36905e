//! A fake k6 that measures one iteration, so that a sweep is built without load.

use std::os::unix::fs::PermissionsExt;

use crate::workspace::{Said, Workspace};

const FAKE: &str = r#"#!/bin/bash
case $1 in
version) echo 'k6 v1.1.0 (commit/fake, go1, linux/amd64)'; exit;;
archive) while [ $# -gt 1 ]; do [ $1 = --archive-out ] && : | tar cf $2 -T -; shift; done; exit;;
esac
while [ $# -gt 1 ]; do [ "$1" = --summary-export ] && SUMMARY=$2; shift; done
echo '{"metrics":{"iterations":{"count":1,"rate":1}}}' > $SUMMARY
"#;

/// `howitzer` with the fake; it loads nothing, so it waits for no other test's load.
pub(crate) fn howitzer(space: &Workspace, arguments: &[&str]) -> Said {
    let k6 = space.path("fake-k6");
    if !k6.exists() {
        space.write("fake-k6", FAKE);
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&k6, executable).expect("executable");
    }
    let mut command = space.command(arguments);
    Said::of(command.env("HOWITZER_K6", k6).env("HOWITZER_LOAD_LOCK", space.path("load.lock")))
}
