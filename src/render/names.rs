//! What the names in a script stand for, as far as files are concerned: what k6 gives, and what the script
//! itself calls so.

use std::collections::BTreeSet;

use oxc_ast::ast::{
    BindingIdentifier, CallExpression, Expression, IdentifierReference, ImportDeclaration,
    ImportDeclarationSpecifier,
};
use oxc_ast_visit::{Visit, walk};

/// Names by which a script reaches a file, or code that does.
const REACHING: [&str; 5] = ["open", "require", "eval", "Function", "globalThis"];

/// The names of a script.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Those of [`REACHING`] that the script binds itself: they are not k6's there.
    pub(super) bound: BTreeSet<String>,
    /// Names of `open` of `k6/experimental/fs`.
    pub(super) opens: BTreeSet<String>,
    /// Names of that module.
    files: BTreeSet<String>,
    /// Whether a module of gRPC is imported.
    pub(super) has_grpc: bool,
    /// How often a reaching name stands anywhere.
    pub(super) mentions: usize,
    /// How often it stands where it is called with what can be looked at.
    pub(super) calls: usize,
}

impl Names {
    /// Whether an expression is the module of files.
    pub(super) fn is_files(&self, object: &Expression<'_>) -> bool {
        matches!(object, Expression::Identifier(name) if self.files.contains(name.name.as_str()))
    }

    /// A script that calls its own function `open` may still reach k6's elsewhere.
    fn is_reaching(&self, name: &str) -> bool {
        REACHING.contains(&name) || self.opens.contains(name)
    }
}

impl<'a> Visit<'a> for Names {
    fn visit_import_declaration(&mut self, declaration: &ImportDeclaration<'a>) {
        let module = declaration.source.value.as_str();
        self.has_grpc |= module.ends_with("/grpc");
        let is_files = module == "k6/experimental/fs";
        for specifier in declaration.specifiers.iter().flatten() {
            let local = specifier.local().name.to_string();
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named)
                    if is_files && named.imported.name() == "open" =>
                {
                    self.opens.insert(local);
                }
                _ if is_files => {
                    self.files.insert(local);
                }
                _ if REACHING.contains(&local.as_str()) => {
                    self.bound.insert(local);
                }
                _ => {}
            }
        }
    }

    fn visit_binding_identifier(&mut self, name: &BindingIdentifier<'a>) {
        if REACHING.contains(&name.name.as_str()) {
            self.bound.insert(name.name.to_string());
        }
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.mentions += usize::from(self.is_reaching(&name.name));
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Expression::Identifier(callee) = &call.callee {
            let is_read = matches!(callee.name.as_str(), "open" | "require")
                || self.opens.contains(callee.name.as_str());
            self.calls += usize::from(is_read);
        }
        walk::walk_call_expression(self, call);
    }
}
