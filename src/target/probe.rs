//! One probe of a target's identity.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Surroundings;
use crate::base::address::without_user;
use crate::base::capture::capture;
use crate::base::causes::with_causes;
use crate::base::digest::Digest;
use crate::base::files;
use crate::base::http;
use crate::base::process::{Command, describe};
use crate::manifest::Probe;

const LIMIT: Duration = Duration::from_secs(10);

/// The name of a probe in identities and messages.
pub(super) fn name(probe: &Probe) -> String {
    match probe {
        Probe::Http { url, json, header } => {
            let part = json.iter().chain(header).map(|part| format!(" {part}")).collect::<String>();
            format!("http {}{part}", without_user(url))
        }
        Probe::Command(words) => format!("command {}", words.join(" ")),
        Probe::File(path) => format!("file {path}"),
    }
}

/// Its answer, or one line on why there is none.
pub(super) fn ask(probe: &Probe, surroundings: &Surroundings) -> Result<String, String> {
    match probe {
        Probe::Http { url, json, header } => ask_http(url, json.as_deref(), header.as_deref()),
        Probe::Command(words) => ask_command(words, surroundings),
        Probe::File(path) => {
            let bytes = files::read(&surroundings.root.join(path)).map_err(|error| with_causes(&error))?;
            Ok(Digest::of(&bytes).to_string())
        }
    }
}

fn ask_http(url: &str, json: Option<&str>, header: Option<&str>) -> Result<String, String> {
    let answer = http::get(url, LIMIT)?;
    let url = without_user(url);
    if !(200..300).contains(&answer.status) {
        return Err(format!("GET {url}: status {}", answer.status));
    }
    match (json, header) {
        (Some(path), _) => {
            let body: serde_json::Value =
                serde_json::from_str(&answer.body).map_err(|error| format!("GET {url}: no JSON: {error}"))?;
            let value =
                body.pointer(&pointer(path)).ok_or_else(|| format!("GET {url}: nothing at `{path}`"))?;
            Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }
        (None, Some(name)) => {
            let value = answer.headers.get(name).ok_or_else(|| format!("GET {url}: no header `{name}`"))?;
            Ok(String::from_utf8_lossy(value.as_bytes()).into_owned())
        }
        (None, None) => Ok(Digest::of(answer.body.as_bytes()).to_string()),
    }
}

/// `$.a.b[0]` as a JSON pointer (RFC 6901).
fn pointer(path: &str) -> String {
    let plain = path.strip_prefix('$').unwrap_or(path).replace('[', ".").replace(']', "");
    let parts = plain.split('.').filter(|part| !part.is_empty());
    parts.map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

fn ask_command(words: &[String], surroundings: &Surroundings) -> Result<String, String> {
    let Some((program, arguments)) = words.split_first() else { return Err("no command".to_owned()) };
    let environment: BTreeMap<_, _> = surroundings
        .environment
        .variables()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let command = Command {
        program: program.into(),
        arguments: arguments.iter().map(Into::into).collect(),
        folder: surroundings.root.clone(),
        environment,
    };
    let captured =
        capture(&command, LIMIT, &surroundings.supervision).map_err(|error| with_causes(&error))?;
    if !captured.status.success() {
        let said = String::from_utf8_lossy(&captured.stderr);
        return Err(format!(
            "`{}` ended with {}: {}",
            words.join(" "),
            describe(captured.status),
            said.trim()
        ));
    }
    Ok(String::from_utf8_lossy(&captured.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::pointer;

    #[test]
    fn json_paths_become_pointers() {
        assert_eq!(pointer("$.version"), "/version");
        assert_eq!(pointer("$.a[0].b"), "/a/0/b");
        assert_eq!(pointer("$"), "");
    }
}
