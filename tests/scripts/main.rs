//! An existing k6 script, untouched, in a suite: what it does keeps working, and its options are the suite's.
//! Through the binary, on real k6 0.57.0 and 1.1.0.

#[path = "../exports/authority.rs"]
#[allow(dead_code, reason = "shared with the tests of exports")]
mod authority;
#[path = "../faults/fake.rs"]
#[allow(dead_code, reason = "shared with the tests of faults, which use all of it")]
mod fake;
#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests, which use all of it")]
mod space;

#[cfg(feature = "real-services")]
#[path = "../k6_options/custom.rs"]
#[allow(dead_code, reason = "shared with the tests of k6's options")]
mod custom;
#[path = "../k6_options/server.rs"]
mod server;

mod kept;
mod layers;
mod mistakes;
mod options;
mod reuse;
mod secret;

use space::Space;

/// The oldest and the newest k6 that can be installed.
const VERSIONS: [&str; 2] = ["=0.57.0", "=1.1.0"];

/// A workspace with scripts and the suite `s`.
fn workspace(scripts: &[(&str, &str)], suite: &str) -> Space {
    let space = Space::new();
    for (path, text) in scripts {
        space.write(path, text);
    }
    space.write("suites/s.toml", suite);
    space
}

/// The same on another k6.
fn on(space: &Space, version: &str) {
    let manifest = space.read("howitzer.toml");
    let manifest = manifest.split("[k6]").next().unwrap_or_default();
    space.write("howitzer.toml", &format!("{manifest}[k6]\nversion = \"{version}\"\n"));
}

/// A number of a case's summary; none where k6 did not measure it.
fn measured(space: &Space, case: &str, metric: &str, field: &str) -> Option<f64> {
    let summary: serde_json::Value =
        serde_json::from_str(&space.read(&format!("out/s/summary/{case}.json"))).expect("JSON");
    summary["metrics"][metric][field].as_f64()
}

/// How often a counter of the script was counted up.
fn count(space: &Space, case: &str, counter: &str) -> Option<f64> {
    measured(space, case, counter, "count")
}
