//! The keys that a test, `[defaults]` and a profile share.

/// What reaches a case.
pub(super) const FIELD_KEYS: [&str; 10] =
    ["template", "script", "target", "payload", "base_url", "model_name", "inputs", "vars", "env", "k6"];

/// What is said of a test's cases as a whole.
pub const SETTING_KEYS: [&str; 12] = [
    "repeat",
    "cooldown",
    "timeout",
    "max_age",
    "expect",
    "max_cases",
    "allow_invalid",
    "retries",
    "reuse",
    "watch",
    "keep_samples",
    "measure",
];

/// What only a test says.
const OWN_KEYS: [&str; 11] =
    ["name", "description", "role", "after", "id", "matrix", "sweep", "exclude", "patch", "include", "setup"];

/// The hint for a key of a test in one of its tables: below a `[test.…]` all keys are that table's.
pub(super) fn stands_too_low(key: &str) -> Option<String> {
    let is_known = OWN_KEYS.contains(&key) || FIELD_KEYS.contains(&key) || SETTING_KEYS.contains(&key);
    is_known.then(|| {
        format!("`{key}` is a key of the test; in TOML it stands above the test's first `[test.…]` table")
    })
}

/// Whether the key is a test's alone.
pub(super) fn is_of_tests(key: &str) -> bool {
    OWN_KEYS.contains(&key)
}

/// The settings that a warm-up does not have: it is never counted.
pub(super) const UNCOUNTED: [&str; 7] =
    ["repeat", "expect", "retries", "reuse", "watch", "keep_samples", "measure"];
