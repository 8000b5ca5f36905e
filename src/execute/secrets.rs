//! Secrets: they reach k6 through its environment and leave no trace in what is kept or shown.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::ExecuteError;
use crate::base::environment::Environment;
use crate::base::mask::{Mask, SHORTEST};
use crate::manifest::EnvironmentValue;

/// A mask of all secret variables in `declared`.
pub(super) fn mask(declared: &BTreeMap<String, EnvironmentValue>, environment: &Environment) -> Mask {
    let secrets = declared.values().filter_map(|value| value.secret(environment));
    Mask::of(secrets.map(std::ffi::OsStr::as_encoded_bytes))
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
        assert_eq!(mask(&declared, &with("hunter2")).text("hunter2 and hunter"), "*** and hunter");
        assert!(matches!(resolve(&declared, &with("1")), Err(ExecuteError::ShortSecret { .. })));
        assert!(matches!(resolve(&declared, &with("")), Err(ExecuteError::Unset { .. })));
    }
}
