//! What the real k6 says of a table of options, and what howitzer says of the same text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use howitzer::base::capture::Supervision;
use howitzer::base::document::read_json;
use howitzer::base::environment::Environment;
use howitzer::base::interrupt::Interrupt;
use howitzer::base::source::Source;
use howitzer::k6::install;
use howitzer::spec::{options, relations};

/// The newest and the oldest k6 that howitzer installs.
pub(crate) const INSTALLED: [&str; 2] = ["1.1.0", "0.57.0"];
#[cfg(not(feature = "real-services"))]
pub(crate) const VERSIONS: [&str; 2] = INSTALLED;
/// And a newer one, with extensions.
#[cfg(feature = "real-services")]
pub(crate) const VERSIONS: [&str; 3] = ["1.1.0", "0.57.0", crate::custom::VERSION];

/// It has metrics of its own, a second function, and gRPC's metrics.
const BEFORE: &str = "import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import grpc from 'k6/net/grpc';
new Trend('own_trend'); new Counter('own_counter'); new Rate('own_rate'); new Gauge('own_gauge');
export default function () {}
export function other() {}
export const options = ";

pub(crate) fn k6(version: &str) -> PathBuf {
    #[cfg(feature = "real-services")]
    if version == crate::custom::VERSION {
        return crate::custom::k6();
    }
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    let variables = ["PATH", "HOME"].map(|name| (name, std::env::var(name).unwrap_or_default()));
    let environment = Environment::of(variables.each_ref().map(|(name, value)| (*name, value.as_str())));
    let guard = env!("CARGO_BIN_EXE_howitzer").into();
    let supervision = Supervision { guard, interrupt: Interrupt::default() };
    install(version, &tools, &environment, &supervision, &mut |_| {}).expect("k6 is installed")
}

/// What k6 refuses, by the text of the options; the rest is accepted.
pub(crate) fn refused_by_k6(version: &str, tables: &[String]) -> BTreeMap<String, String> {
    let mut said = said_by_k6(version, tables);
    said.retain(|_, said| said.is_refusal);
    said.into_iter().map(|(table, said)| (table, said.stderr)).collect()
}

/// What k6 says of a table of options.
pub(crate) struct Said {
    pub(crate) is_refusal: bool,
    pub(crate) stderr: String,
}

/// The same with what it takes, and warns of.
pub(crate) fn said_by_k6(version: &str, tables: &[String]) -> BTreeMap<String, Said> {
    let k6 = k6(version);
    let half = tables.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let halves = tables.chunks(half).map(|tables| scope.spawn(|| said_one_by_one(&k6, tables)));
        let halves: Vec<_> = halves.collect();
        halves.into_iter().flat_map(|half| half.join().expect("k6 is asked")).collect()
    })
}

fn said_one_by_one(k6: &Path, tables: &[String]) -> BTreeMap<String, Said> {
    let folder = tempfile::tempdir().expect("temporary folder");
    // `inspect` lacks the defaults of `run`'s flags: one virtual user.
    std::fs::write(folder.path().join("run.json"), r#"{"vus":1}"#).expect("config");
    let said = |table: &String| {
        std::fs::write(folder.path().join("s.js"), format!("{BEFORE}{table};\n")).expect("script");
        let said = Command::new(k6)
            .args(["-c", "run.json", "inspect", "--execution-requirements", "s.js"])
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .env("K6_NO_USAGE_REPORT", "true")
            .output()
            .expect("k6 starts");
        let stderr = String::from_utf8_lossy(&said.stderr).chars().take(400).collect();
        (table.clone(), Said { is_refusal: !said.status.success(), stderr })
    };
    tables.iter().map(said).collect()
}

/// What howitzer says is wrong with the options as a whole; empty where nothing is.
pub(crate) fn mistakes(table: &str) -> String {
    let source = Arc::new(Source { path: "options.json".into(), text: table.to_owned() });
    let document = read_json(&source).unwrap_or_else(|mistakes| panic!("{table}: {mistakes}"));
    let options = document.as_table().expect("an object");
    let mut mistakes = options::check_table(options);
    mistakes.extend(relations::check(options));
    mistakes.to_string()
}
