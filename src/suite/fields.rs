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

/// The settings that a warm-up does not have: it is never counted.
pub(super) const UNCOUNTED: [&str; 7] =
    ["repeat", "expect", "retries", "reuse", "watch", "keep_samples", "measure"];
