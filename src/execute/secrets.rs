//! Secrets: they reach k6 through its environment and leave no trace in what is kept or shown.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::ExecuteError;
use crate::base::address::passwords;
use crate::base::environment::Environment;
use crate::base::files;
use crate::base::mask::{Mask, SHORTEST};
use crate::manifest::EnvironmentValue;
use crate::render::Shape;

/// A mask of all secret variables in `declared`, of the contents of the secret files below `root`, and of the password
/// in the `address` that is loaded, and of `further` ones.
pub(super) fn mask(
    declared: &BTreeMap<String, EnvironmentValue>,
    environment: &Environment,
    root: &Path,
    shape: &Shape,
    address: Option<&str>,
    further: &[Vec<u8>],
) -> Result<Mask, ExecuteError> {
    let mut contents = further.to_vec();
    for path in shape.secrets.keys() {
        let content = files::read(&root.join(path))?;
        // An editor's last newline is no part of what is shown elsewhere.
        let bare = content.trim_ascii().to_vec();
        if bare.len() < SHORTEST {
            return Err(ExecuteError::ShortSecretFile { path: path.clone() });
        }
        contents.extend([content, bare]);
    }
    let passwords = address.map(passwords).unwrap_or_default().into_iter().map(String::into_bytes);
    // A shorter one is no secret that could be kept: it stands in the script.
    contents.extend(passwords.filter(|password| password.len() >= SHORTEST));
    Ok(mask_of(declared, environment, &contents))
}

fn mask_of(
    declared: &BTreeMap<String, EnvironmentValue>,
    environment: &Environment,
    contents: &[Vec<u8>],
) -> Mask {
    let secrets = declared.values().filter_map(|value| value.secret(environment));
    let secrets = secrets.map(std::ffi::OsStr::as_encoded_bytes);
    Mask::of(secrets.chain(contents.iter().map(Vec::as_slice)))
}

/// The values of declared variables, for k6's environment.
pub(super) fn resolve(
    declared: &BTreeMap<String, EnvironmentValue>,
    environment: &Environment,
) -> Result<BTreeMap<String, OsString>, ExecuteError> {
    let value = |(name, value): (&String, &EnvironmentValue)| {
        let missing =
            |variable: &str| ExecuteError::Unset { name: name.clone(), variable: variable.to_owned() };
        let resolved = value.resolve(environment).map_err(missing)?;
        if value.secret(environment).is_some_and(|secret| secret.len() < SHORTEST) {
            return Err(ExecuteError::ShortSecret { name: name.clone() });
        }
        Ok((name.clone(), resolved))
    };
    declared.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_set_and_long_secret_reaches_k6() {
        let declared = BTreeMap::from([(
            "TOKEN".to_owned(),
            EnvironmentValue::From { name: "T".to_owned(), secret: true, in_key: false },
        )]);
        let with = |value: &str| Environment::of([("T", value)]);
        assert_eq!(resolve(&declared, &with("hunter2")).expect("resolves")["TOKEN"], "hunter2");
        assert_eq!(mask_of(&declared, &with("hunter2"), &[]).text("hunter2 and hunter"), "*** and hunter");
        assert!(matches!(resolve(&declared, &with("1")), Err(ExecuteError::ShortSecret { .. })));
        assert!(matches!(resolve(&declared, &with("")), Err(ExecuteError::Unset { .. })));
    }
}
