//! What many cases have in common: the files behind their scripts. Kept once for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Input, InputKind, ScriptPlace};
use crate::base::digest::Digest;
use crate::manifest::EnvironmentValue;

/// Everything about a rendered case that does not differ from value to value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Where the script stands.
    pub place: ScriptPlace,
    /// Everything it opens or imports, by path relative to the workspace.
    pub inputs: BTreeMap<String, Input>,
    /// The bytes of those that are built and stand nowhere.
    pub built: BTreeMap<String, Arc<[u8]>>,
    /// Where nothing stands now, and where a file would be found first if it came.
    pub absent: BTreeSet<String>,
    /// The names `X` of every `__ENV.X` that it or its modules read.
    pub environment_reads: BTreeSet<String>,
    /// Whether it, or a module of it, may open what only k6 itself can tell.
    pub is_computed: bool,
    /// The sources of the template: its name and digest, also of what it includes.
    pub templates: Arc<BTreeMap<String, Digest>>,
    /// The target that it loads.
    pub target: Option<String>,
    /// The environment variables that it declares.
    pub environment: BTreeMap<String, EnvironmentValue>,
    /// Which of the inputs are secret, and whether another content of theirs is another key.
    pub secrets: BTreeMap<String, bool>,
    /// The patterns of its declared inputs.
    pub globs: Vec<String>,
}

impl Shape {
    /// The script that is run as it is, by its path in the workspace; none where a template is rendered.
    pub fn untouched(&self) -> Option<&str> {
        let is_script = |(_, input): &(&String, &Input)| input.kind == InputKind::Script;
        self.inputs.iter().find(is_script).map(|(path, _)| path.as_str())
    }
}
