//! The command line and environment of `k6 run`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::otlp::TAKES_UP;
use super::watching::Watching;
use crate::base::environment::Environment;
use crate::base::process::Command;

/// What reaches k6 of howitzer's own environment: `K6_*` variables would override the script's options.
const INHERITED: [&str; 14] = [
    "HOME",
    "PATH",
    "TMPDIR",
    "LANG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The files of one run.
#[derive(Debug, Clone)]
pub struct RunFiles {
    /// The folder in which k6 runs.
    pub folder: PathBuf,
    /// The script's name in it.
    pub script: String,
    /// Where the summary export goes.
    pub summary: PathBuf,
    /// Where the log goes.
    pub log: PathBuf,
}

/// `k6 run` of one script. `declared` are the variables that the suite gives the script; it cannot
/// replace howitzer's own settings.
pub fn run_command(
    k6: &Path,
    files: &RunFiles,
    trend_statistics: &str,
    watching: &Watching,
    declared: &BTreeMap<String, OsString>,
    environment: &Environment,
) -> Command {
    let mut log = OsString::from("file=");
    log.push(seen_from(&files.folder, &files.log));
    let mut arguments: Vec<OsString> = vec![
        "run".into(),
        "--no-color".into(),
        "--address".into(),
        "".into(),
        "--summary-export".into(),
        files.summary.clone().into(),
        "--log-format".into(),
        "json".into(),
        "--log-output".into(),
        log,
    ];
    arguments.extend(watching.arguments());
    arguments.push(files.script.clone().into());
    let mut variables = child_environment(trend_statistics, declared, environment);
    variables.extend(watching.variables());
    // The suite may say how often; it is in the key with all that the suite declares.
    let taken_up = declared.get_key_value(TAKES_UP.0);
    variables.extend(taken_up.map(|(name, value)| (name.into(), value.clone())));
    Command { program: k6.to_owned(), arguments, folder: files.folder.clone(), environment: variables }
}

/// `file` relative to `folder`, if it stands in a folder above it: k6 refuses a comma in the log's path
/// (exit 255), and a workspace's own path may hold one.
fn seen_from(folder: &Path, file: &Path) -> PathBuf {
    let below = file.parent().and_then(|above| folder.strip_prefix(above).ok());
    match (below, file.file_name()) {
        (Some(below), Some(name)) => below.components().map(|_| "..").collect::<PathBuf>().join(name),
        _ => file.to_owned(),
    }
}

/// The environment of every k6 that howitzer starts.
pub(super) fn child_environment(
    trend_statistics: &str,
    declared: &BTreeMap<String, OsString>,
    environment: &Environment,
) -> BTreeMap<OsString, OsString> {
    let inherited = INHERITED
        .iter()
        .filter_map(|name| environment.get(name).map(|value| ((*name).into(), value.to_owned())));
    let mut variables: BTreeMap<OsString, OsString> = inherited.collect();
    variables.extend(declared.iter().map(|(name, value)| (name.into(), value.clone())));
    let own = [
        ("K6_NO_USAGE_REPORT", "true"),
        // k6 reads `k6/config.json` below it: the user's own defaults must not change a test (measured with
        // 0.57.0 and 1.1.0; a folder that does not exist is no error).
        ("XDG_CONFIG_HOME", "/nonexistent"),
        ("K6_NEW_MACHINE_READABLE_SUMMARY", "false"),
        ("K6_SUMMARY_TREND_STATS", trend_statistics),
    ];
    variables.extend(own.map(|(name, value)| (name.into(), value.into())));
    variables
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn the_callers_k6_variables_do_not_leak_and_declared_ones_arrive() {
        let caller = Environment::of([("K6_VUS", "99"), ("HOME", "/home/x"), ("SECRET", "s")]);
        let declared = BTreeMap::from([
            ("TOKEN".to_owned(), OsString::from("t")),
            ("K6_NO_USAGE_REPORT".to_owned(), "false".into()),
        ]);
        let built = child_environment("avg", &declared, &caller);
        let get = |name: &str| built.get(OsStr::new(name)).and_then(|value| value.to_str());
        assert_eq!((get("K6_VUS"), get("SECRET")), (None, None));
        assert_eq!((get("HOME"), get("TOKEN")), (Some("/home/x"), Some("t")));
        assert_eq!(get("K6_NO_USAGE_REPORT"), Some("true"));
    }
}
