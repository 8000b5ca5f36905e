//! Secrets: they reach k6 through its environment and leave no trace in what is kept or shown.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::ExecuteError;
use crate::base::environment::Environment;
use crate::manifest::EnvironmentValue;

/// What stands where a secret was.
const MASK: &[u8] = b"***";

/// The values that must never be written.
#[derive(Clone, Default)]
pub struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    /// The values of all secret variables in `declared`.
    pub fn of(declared: &BTreeMap<String, EnvironmentValue>, environment: &Environment) -> Self {
        let value = |value: &EnvironmentValue| match value {
            EnvironmentValue::From { name, secret: true, .. } => {
                environment.get(name).map(|value| value.as_encoded_bytes().to_vec())
            }
            _ => None,
        };
        Self(declared.values().filter_map(value).collect()).sorted()
    }

    /// These and `others`.
    pub(super) fn and(&self, others: &Self) -> Self {
        Self([self.0.as_slice(), &others.0].concat()).sorted()
    }

    /// The longest first: one secret may hold another.
    fn sorted(mut self) -> Self {
        self.0.sort_by_key(|value| std::cmp::Reverse(value.len()));
        self
    }

    /// `bytes` with every secret replaced.
    pub fn mask(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for secret in &self.0 {
            if memchr::memmem::find(&bytes, secret).is_some() {
                bytes = replace(&bytes, secret);
            }
        }
        bytes
    }

    /// `text` with every secret replaced.
    pub fn mask_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.mask(text.as_bytes().to_vec())).into_owned()
    }
}

fn replace(bytes: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(bytes, secret) {
        masked.extend_from_slice(&bytes[from..at]);
        masked.extend_from_slice(MASK);
        from = at + secret.len();
    }
    masked.extend_from_slice(&bytes[from..]);
    masked
}

/// The values of declared variables, for k6's environment.
pub(super) fn resolve(
    declared: &BTreeMap<String, EnvironmentValue>,
    environment: &Environment,
) -> Result<BTreeMap<String, OsString>, ExecuteError> {
    let value = |(name, value): (&String, &EnvironmentValue)| match value {
        EnvironmentValue::Plain(text) => Ok((name.clone(), text.into())),
        EnvironmentValue::From { name: variable, .. } => match environment.get(variable) {
            Some(value) => Ok((name.clone(), value.to_owned())),
            None => Err(ExecuteError::Unset { name: name.clone(), variable: variable.clone() }),
        },
    };
    declared.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_masked() {
        let declared = BTreeMap::from([(
            "TOKEN".to_owned(),
            EnvironmentValue::From { name: "T".to_owned(), secret: true, in_key: false },
        )]);
        let secrets = Secrets::of(&declared, &Environment::of([("T", "hunter2")]));
        assert_eq!(secrets.mask_text("hunter2 and hunter2!"), "*** and ***!");
        assert_eq!(secrets.mask_text("hunter"), "hunter");
    }
}
