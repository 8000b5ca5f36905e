//! Input files: read once for all cases, with their digests and what they open themselves.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use super::built::Built;
use super::parsing::SyntaxError;
use super::syntax::{self, Seen};
use super::{RenderError, outside, proto, remote, rows};
use crate::base::digest::Digest;
use crate::base::files;
use crate::base::mistake::Mistake;
use crate::base::source::{Place, Source};
use crate::manifest::Workspace;

/// A file that a script opens or imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Input {
    /// What it is to the script.
    pub kind: InputKind,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How large it is, in bytes.
    pub size: u64,
    /// The rows of a payload, where its form has some.
    pub rows: Option<u64>,
}

/// What a file is to the script that opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputKind {
    /// Named by the field `payload`.
    Payload,
    /// The untouched script that a test runs.
    Script,
    /// An imported module; never rendered.
    Module,
    /// A Protocol Buffers definition.
    Proto,
    /// Anything else.
    File,
    /// A module that is fetched from elsewhere; its path is its address.
    Remote,
}

impl InputKind {
    /// The word in reasons and keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Script => "script",
            Self::Module => "module",
            Self::Proto => "proto",
            Self::File => "file",
            Self::Remote => "remote",
        }
    }
}

/// An input with what it opens itself.
pub(super) struct Loaded {
    pub(super) input: Input,
    /// A module's own imports and opens.
    pub(super) seen: Seen,
    /// A proto's own imports.
    pub(super) imports: Vec<String>,
}

/// All inputs read so far, shared by all cases and threads.
#[derive(Default)]
pub(super) struct Inputs {
    built: Built,
    loaded: RwLock<HashMap<(String, InputKind), Arc<Loaded>>>,
}

impl Inputs {
    pub(super) fn new(built: Built) -> Self {
        Self { built, loaded: RwLock::default() }
    }

    /// The payloads that are built.
    pub(super) fn built(&self) -> &Built {
        &self.built
    }

    /// A file of the workspace. One that a link brings in from outside is refused unless that is allowed.
    pub(super) fn load(
        &self,
        workspace: &Workspace,
        path: &str,
        kind: InputKind,
    ) -> Result<Arc<Loaded>, RenderError> {
        let key = (path.to_owned(), kind);
        if let Some(loaded) = self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(loaded));
        }
        let bytes = if kind == InputKind::Remote {
            remote::fetch(path)?.into_bytes()
        } else if let Some(bytes) = self.built.bytes(path) {
            bytes.to_vec()
        } else {
            outside::check(workspace, path)?;
            files::read(&workspace.root.join(path))?
        };
        let rows = (kind == InputKind::Payload).then(|| rows::count(path, &bytes)).flatten();
        let input = Input { kind, digest: Digest::of(&bytes), size: bytes.len() as u64, rows };
        let (mut seen, mut imports) = (Seen::default(), Vec::new());
        match kind {
            InputKind::Script | InputKind::Module | InputKind::Remote
                if Path::new(path).extension().is_none_or(|ending| ending != "json") =>
            {
                seen = parse_module(path, &bytes)?;
            }
            InputKind::Proto => imports = proto::imports(&String::from_utf8_lossy(&bytes)),
            _ => {}
        }
        let loaded = Arc::new(Loaded { input, seen, imports });
        let mut all = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(key).or_insert(loaded)))
    }
}

fn parse_module(path: &str, bytes: &[u8]) -> Result<Seen, RenderError> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    syntax::parse(path, &text).map_err(|error| syntax_mistake(path, text, error))
}

/// A syntax error in the file at `path`, shown where it is.
pub(super) fn syntax_mistake(path: &str, text: String, error: SyntaxError) -> RenderError {
    let source = Arc::new(Source { path: path.to_owned(), text });
    Mistake::at(&Place { source, range: error.range }, format!("syntax error: {}", error.message)).into()
}
