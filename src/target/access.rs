//! What an endpoint of the manifest takes to be let in, from the environment and the workspace's files.

use std::ffi::OsStr;
use std::path::Path;

use crate::base::environment::Environment;
use crate::base::files;
use crate::base::http::{Access, AccessError};
use crate::base::mask::SHORTEST;
use crate::base::proxy::proxy;
use crate::base::tls::{Tls, system_authorities};
use crate::manifest::{Endpoint, EnvironmentValue};

/// An endpoint that cannot be asked as the manifest says.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// A variable is missing.
    #[error("`{0}` is not set in the environment, or empty")]
    Unset(String),
    /// A variable that HTTP cannot carry.
    #[error("the value of `{0}` is not UTF-8")]
    NotText(String),
    /// A secret that cannot be masked.
    #[error("the secret in `{0}` is shorter than {SHORTEST} characters: it cannot be masked")]
    ShortSecret(String),
    /// A certificate or key cannot be read.
    #[error("{}: {}", .0, .0.source)]
    File(#[from] files::FileError),
    /// A header, certificate, key or proxy cannot be used.
    #[error(transparent)]
    Access(#[from] AccessError),
}

/// The access to `endpoint`; its files are relative to `root`.
pub fn access(endpoint: &Endpoint, root: &Path, environment: &Environment) -> Result<Access, EndpointError> {
    let mut access = Access {
        user_info: endpoint.user_info.as_ref().map(|secret| secret.reveal().to_owned()),
        tls: tls(endpoint, root, environment)?,
        proxy: proxy(&endpoint.url, environment),
        ..Access::default()
    };
    access.bearer = endpoint.bearer.as_ref().map(|value| resolve(value, environment)).transpose()?;
    for (name, value) in &endpoint.headers {
        let text = resolve(value, environment)?;
        if value.secret(environment).is_some() {
            access.secrets.push(text.clone());
        }
        access.headers.push((name.clone(), text));
    }
    Ok(access)
}

fn resolve(value: &EnvironmentValue, environment: &Environment) -> Result<String, EndpointError> {
    let name = match value {
        EnvironmentValue::Plain(text) => return Ok(text.clone()),
        EnvironmentValue::From { name, .. } => name,
    };
    let found = value.resolve(environment).map_err(|name| EndpointError::Unset(name.to_owned()))?;
    if value.secret(environment).is_some_and(|secret: &OsStr| secret.len() < SHORTEST) {
        return Err(EndpointError::ShortSecret(name.clone()));
    }
    // A secret from a file mostly ends with a line break, which no header can hold.
    let text = found.into_string().map_err(|_| EndpointError::NotText(name.clone()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn tls(endpoint: &Endpoint, root: &Path, environment: &Environment) -> Result<Tls, EndpointError> {
    if !endpoint.url.starts_with("https://") {
        return Ok(Tls::default());
    }
    let read = |path: &String| files::read(&root.join(path));
    let trusted = endpoint.ca.as_ref().map(read).transpose()?;
    let certificate = match &endpoint.certificate {
        Some((chain, key)) => Some((read(chain)?, read(key)?)),
        None => None,
    };
    let system =
        if trusted.is_some() || endpoint.insecure { Vec::new() } else { system_authorities(environment) };
    Ok(Tls { trusted, certificate, insecure: endpoint.insecure, system })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn endpoint() -> Endpoint {
        let from = |name: &str| EnvironmentValue::From { name: name.into(), secret: true, in_key: false };
        Endpoint {
            url: "https://prometheus.example/".to_owned(),
            user_info: None,
            bearer: Some(from("TOKEN")),
            headers: BTreeMap::from([
                ("x-key".to_owned(), from("KEY")),
                ("x-scope".to_owned(), EnvironmentValue::Plain("me".to_owned())),
            ]),
            ca: None,
            certificate: None,
            insecure: false,
        }
    }

    #[test]
    fn secrets_come_from_the_environment_and_are_known_as_such() {
        let environment = [("TOKEN", "hunter2\n"), ("KEY", "swordfish"), ("https_proxy", "http://p:1")];
        let access = access(&endpoint(), Path::new("/"), &Environment::of(environment)).expect("access");
        assert_eq!(access.bearer.as_deref(), Some("hunter2"));
        assert_eq!((access.secrets, access.proxy), (vec!["swordfish".to_owned()], Some("http://p:1".into())));
    }

    #[test]
    fn what_is_missing_or_too_short_is_told_by_its_name() {
        let told = |environment: &[(&str, &str)]| {
            let environment = Environment::of(environment.iter().copied());
            access(&endpoint(), Path::new("/"), &environment).map(drop).expect_err("refused").to_string()
        };
        assert_eq!(told(&[("KEY", "swordfish")]), "`TOKEN` is not set in the environment, or empty");
        let short = told(&[("TOKEN", "abc"), ("KEY", "swordfish")]);
        assert_eq!(short, "the secret in `TOKEN` is shorter than 4 characters: it cannot be masked");
    }

    #[test]
    fn an_authority_that_is_not_there_is_no_reason_to_trust_others() {
        let endpoint =
            Endpoint { bearer: None, headers: BTreeMap::new(), ca: Some("x.pem".into()), ..endpoint() };
        let said = access(&endpoint, Path::new("/nowhere"), &Environment::default()).map(drop);
        assert!(said.expect_err("refused").to_string().contains("x.pem"));
    }
}
