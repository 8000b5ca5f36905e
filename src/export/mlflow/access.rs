//! What lets us in at MLflow: the manifest's, else the variables that MLflow's own client reads.

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::environment::Environment;
use crate::base::http::Access;
use crate::base::mask::SHORTEST;
use crate::manifest::Endpoint;
use crate::target::{EndpointError, access};

/// A user's name, his password, and a token
/// (<https://mlflow.org/docs/latest/self-hosting/architecture/tracking-server/>).
const VARIABLES: [&str; 3] =
    ["MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"];

/// The access to the tracking server. A user goes before a token, as in MLflow's client; what the manifest says
/// goes before both.
pub(super) fn of(
    endpoint: &Endpoint,
    root: &Path,
    environment: &Environment,
) -> Result<Access, EndpointError> {
    let mut access = access(endpoint, root, environment)?;
    let is_header = |(name, _): &(String, String)| name.eq_ignore_ascii_case("authorization");
    if access.bearer.is_some() || access.user_info.is_some() || access.headers.iter().any(is_header) {
        return Ok(access);
    }
    let [user, password, token] = VARIABLES;
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let user = environment.text(user).map(trimmed);
    let password = secret(environment, password)?;
    match user.zip(password) {
        Some((user, password)) => access.user_info = Some(format!("{}:{}", encoded(user), encoded(password))),
        None => access.bearer = secret(environment, token)?.map(str::to_owned),
    }
    Ok(access)
}

fn secret<'e>(environment: &'e Environment, name: &str) -> Result<Option<&'e str>, EndpointError> {
    if environment.get(name).is_some() && environment.text(name).is_none() {
        return Err(EndpointError::NotText(name.to_owned()));
    }
    let value = environment.text(name).map(trimmed);
    if value.is_some_and(|value| value.len() < SHORTEST) {
        return Err(EndpointError::ShortSecret(name.to_owned()));
    }
    Ok(value)
}

/// A secret from a file mostly ends with a line break, which no header can hold.
fn trimmed(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::manifest::EnvironmentValue;

    fn endpoint(bearer: Option<&str>) -> Endpoint {
        let from = |name: &str| EnvironmentValue::From { name: name.into(), secret: true, in_key: false };
        Endpoint {
            url: "http://127.0.0.1:5000".to_owned(),
            user_info: None,
            bearer: bearer.map(from),
            headers: BTreeMap::new(),
            ca: None,
            certificate: None,
            insecure: false,
        }
    }

    const ALL: [(&str, &str); 4] = [
        ("MLFLOW_TRACKING_USERNAME", "me"),
        ("MLFLOW_TRACKING_PASSWORD", "p@ss:word\n"),
        ("MLFLOW_TRACKING_TOKEN", "token"),
        ("MINE", "mine"),
    ];

    #[test]
    fn a_user_goes_before_a_token_and_the_manifest_before_both() {
        let of = |bearer, variables: &[(&str, &str)]| {
            let environment = Environment::of(variables.iter().copied());
            let access = super::of(&endpoint(bearer), Path::new("/"), &environment).expect("access");
            (access.user_info, access.bearer)
        };
        assert_eq!(of(None, &ALL), (Some("me:p%40ss%3Aword".to_owned()), None));
        assert_eq!(of(None, &ALL[1..]), (None, Some("token".to_owned())));
        assert_eq!(of(Some("MINE"), &ALL), (None, Some("mine".to_owned())));
        assert_eq!(of(None, &[]), (None, None));
    }

    #[test]
    fn a_password_that_cannot_be_masked_is_refused_by_its_name() {
        let environment =
            Environment::of([("MLFLOW_TRACKING_USERNAME", "me"), ("MLFLOW_TRACKING_PASSWORD", "abc")]);
        let said = super::of(&endpoint(None), Path::new("/"), &environment).map(drop).expect_err("refused");
        assert!(said.to_string().contains("MLFLOW_TRACKING_PASSWORD"), "{said}");
        assert!(!said.to_string().contains("abc"), "{said}");
    }
}
