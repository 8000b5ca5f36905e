//! What the names in a script stand for, as far as files are concerned: what k6 gives, and what the script
//! itself calls so. Filled in one walk over the script; only at its end is it known what a name was.

use std::borrow::Cow;
use std::collections::BTreeSet;

use oxc_ast::ast::{ImportDeclaration, ImportDeclarationSpecifier};

/// Whether by this name a script reaches a file, or code that does. Every name of every script is asked.
fn is_reaching(name: &str) -> bool {
    matches!(name, "open" | "require" | "eval" | "Function" | "globalThis")
}

/// The names of a script.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Those that reach files and that the script binds itself: they are not k6's there.
    bound: BTreeSet<String>,
    /// Names of `open` of `k6/experimental/fs`.
    opens: BTreeSet<String>,
    /// Names of that module.
    files: BTreeSet<String>,
    /// Whether a module of gRPC is imported.
    has_grpc: bool,
    /// How often each name stands anywhere, less how often it is called with what can be looked at.
    loose: i64,
    /// Whether anything was called by a name yet.
    has_calls: bool,
}

/// Under which condition a call opens a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// Whatever the names are.
    Always,
    /// If this name is k6's.
    Function(Cow<'static, str>),
    /// If this is the module of files.
    Files(String),
    /// If gRPC is there.
    Grpc,
}

impl Names {
    /// Takes in what an import binds.
    pub(super) fn import(&mut self, declaration: &ImportDeclaration<'_>) {
        let module = declaration.source.value.as_str();
        self.has_grpc |= module.ends_with("/grpc");
        let is_files = module == "k6/experimental/fs";
        // What was called before by one of its names was not known to be of it.
        self.loose += i64::from(is_files && self.has_calls);
        for specifier in declaration.specifiers.iter().flatten() {
            let local = specifier.local().name.as_str();
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named)
                    if is_files && named.imported.name() == "open" =>
                {
                    self.opens.insert(local.to_owned());
                }
                _ if is_files => {
                    self.files.insert(local.to_owned());
                }
                _ => self.bind(local),
            }
        }
    }

    /// Whether it is `open` of `k6/experimental/fs`, which scripts seldom import.
    fn is_open(&self, name: &str) -> bool {
        !self.opens.is_empty() && self.opens.contains(name)
    }

    /// Takes in a name that the script binds.
    pub(super) fn bind(&mut self, name: &str) {
        if is_reaching(name) {
            self.bound.insert(name.to_owned());
        }
    }

    /// Takes in a name that the script uses.
    pub(super) fn mention(&mut self, name: &str) {
        self.loose += i64::from(is_reaching(name) || self.is_open(name));
    }

    /// Takes in a name that the script calls; says whether its argument may be a file.
    pub(super) fn call(&mut self, name: &str) -> bool {
        self.has_calls = true;
        let is_read = matches!(name, "open" | "require") || self.is_open(name);
        self.loose -= i64::from(is_read);
        is_read
    }

    /// Whether k6's functions are used other than by calling them, or code is made of text: then anything can be
    /// opened.
    pub(super) fn is_loose(&self) -> bool {
        self.loose > 0
    }

    /// Whether it holds.
    pub(super) fn meets(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::Function(name) => self.is_open(name) || !self.bound.contains(&**name),
            Condition::Files(name) => self.files.contains(name),
            Condition::Grpc => self.has_grpc,
        }
    }
}
