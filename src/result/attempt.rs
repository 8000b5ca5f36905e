//! One attempt at a run, as the store keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::generator::GeneratorFacts;
use super::verdict::Verdict;
use crate::base::clock::Instant;
use crate::base::digest::Digest;

/// One execution of a run node. A key keeps all its attempts; the newest usable one is the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// When k6 was started.
    pub started: Instant,
    /// When it had ended.
    pub ended: Instant,
    /// k6's wall time in seconds.
    pub wall_seconds: f64,
    /// k6's exit code; none where a signal ended it.
    pub exit: Option<i32>,
    /// What the attempt is worth.
    pub verdict: Verdict,
    /// Why, in a few words: the invalid or failed ones say it; empty where there is nothing to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Every reason to doubt it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// How it was watched, where that is less than what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched: Option<String>,
    /// What was odd about what it left: its live series, the files that its script wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// How the load generator fared, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<GeneratorFacts>,
    /// What was written, as blobs: `summary`, `log`, `stdout`, `script`, and `files/NAME` for what the script wrote.
    pub outputs: BTreeMap<String, Digest>,
    /// k6's version line.
    pub k6: String,
    /// The machine that made the load.
    pub host: HostFacts,
    /// The target's identity as known before the run, empty where it is unidentified.
    pub target_identity: BTreeMap<String, String>,
    /// The build that executed it.
    pub build: String,
    /// The commit that the workspace's git checkout stood at, where it was in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its place in that build, from 1.
    pub position: usize,
    /// The run before it in that build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<String>,
    /// The pause before it, in seconds.
    pub cooldown_seconds: f64,
    /// Why it executed, old and new values side by side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What led to the script, for explanations: template digests, option values, variables.
    #[serde(default)]
    pub provenance: BTreeMap<String, String>,
}

impl Attempt {
    /// The attempt with the doubts that only its scrape knows: a passed one becomes suspect.
    #[must_use]
    pub fn doubted(mut self, doubts: &[String]) -> Self {
        (self.verdict, self.detail) = self.verdict.doubted(self.detail, doubts);
        self.doubts.extend_from_slice(doubts);
        self
    }
}

/// The load generator: its class is part of the key, the details are recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HostFacts {
    /// What the key holds: the named class, or CPU model, cores, system and architecture.
    pub class: String,
    /// The host's name.
    pub name: String,
    /// Kernel release.
    pub kernel: String,
    /// Memory in bytes.
    pub memory_bytes: u64,
}
