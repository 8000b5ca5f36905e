//! The names that a script exports, and what its text says of `options`, read off its syntax tree.

use std::collections::BTreeSet;

use oxc_ast::ast::{
    AssignmentExpression, AssignmentTarget, Declaration, Expression, IdentifierReference, Program, Statement,
};
use oxc_ast_visit::{Visit, walk};

use super::known::{Constants, Entries, Known};

/// What one module exports.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::render) struct Exports {
    /// Their names, `default` among them.
    pub(in crate::render) names: BTreeSet<String>,
    /// The modules of which it exports everything but the default.
    pub(super) stars: Vec<String>,
    /// Whether it may export others: CommonJS decides while it runs.
    pub(super) is_open: bool,
    /// `options`.
    pub(super) options: Known,
}

impl Exports {
    /// Those of a parsed module.
    pub(in crate::render) fn of(program: &Program<'_>) -> Self {
        let mut reader = Reader {
            exports: Self {
                names: BTreeSet::new(),
                stars: Vec::new(),
                is_open: false,
                options: Known::Table(Entries::none()),
            },
            constants: Constants::of(program),
            options_name: None,
        };
        for statement in &program.body {
            reader.statement(statement);
        }
        reader.assignments(program);
        reader.finish(program)
    }
}

struct Reader<'p, 'a> {
    exports: Exports,
    constants: Constants<'p, 'a>,
    /// Under which name the module itself knows its `options`.
    options_name: Option<String>,
}

impl<'a> Reader<'_, 'a> {
    fn statement(&mut self, statement: &Statement<'a>) {
        match statement {
            Statement::ExportDefaultDeclaration(_) => self.name("default"),
            Statement::ExportAllDeclaration(all) if all.export_kind.is_value() => match &all.exported {
                Some(name) => self.name(&name.name()),
                None => self.exports.stars.push(all.source.value.to_string()),
            },
            Statement::ExportFromDeclaration(from) if from.export_kind.is_value() => {
                for specifier in &from.specifiers {
                    self.name(&specifier.exported.name());
                    if specifier.exported.name() == "options" {
                        self.exports.options = Known::Unknown;
                    }
                }
            }
            Statement::ExportNamedDeclaration(named) if named.export_kind.is_value() => {
                for specifier in &named.specifiers {
                    self.name(&specifier.exported.name());
                    if specifier.exported.name() == "options" {
                        self.options_name = Some(specifier.local.name().to_string());
                        self.exports.options = Known::Unknown;
                    }
                }
            }
            Statement::ExportDeclaration(export) => self.declaration(&export.declaration),
            _ => {}
        }
    }

    fn declaration(&mut self, declaration: &Declaration<'a>) {
        match declaration {
            Declaration::VariableDeclaration(variables) => {
                for declarator in &variables.declarations {
                    for name in declarator.id.get_binding_identifiers() {
                        self.name(&name.name);
                        if name.name == "options" {
                            self.options_name = Some("options".to_owned());
                            self.exports.options = Known::Unknown;
                        }
                    }
                    if declarator.id.get_identifier_name().is_some_and(|name| name == "options") {
                        let value = declarator.init.as_ref().map(|value| self.constants.evaluate(value));
                        self.exports.options = value.unwrap_or(Known::Unknown);
                    }
                }
            }
            Declaration::FunctionDeclaration(function) => {
                function.id.iter().for_each(|name| self.name(&name.name));
            }
            Declaration::ClassDeclaration(class) => class.id.iter().for_each(|name| self.name(&name.name)),
            _ => {}
        }
    }

    fn name(&mut self, name: &str) {
        self.exports.names.insert(name.to_owned());
    }

    /// CommonJS: `exports.x = …`, `module.exports.x = …`, `module.exports = { … }`.
    fn assignments(&mut self, program: &Program<'a>) {
        let mut finder = Assignments { constants: &self.constants, found: Vec::new(), is_commonjs: false };
        finder.visit_program(program);
        self.exports.is_open |= finder.is_commonjs;
        let found = finder.found;
        for name in found {
            // Whatever holds the object may change it.
            if name == "options" {
                self.exports.options = Known::Unknown;
            }
            self.name(&name);
        }
    }

    fn finish(self, program: &Program<'a>) -> Exports {
        let Self { mut exports, options_name, .. } = self;
        let is_unsure = exports.is_open || !exports.stars.is_empty();
        if !exports.names.contains("options") && is_unsure {
            exports.options = Known::Unknown;
        }
        // Whoever names it may change it.
        if let Some(name) = options_name {
            let mut mentions = Mentions { name: &name, count: 0 };
            mentions.visit_program(program);
            if mentions.count > 0 {
                exports.options = Known::Unknown;
            }
        }
        exports
    }
}

struct Assignments<'c, 'p, 'a> {
    constants: &'c Constants<'p, 'a>,
    found: Vec<String>,
    is_commonjs: bool,
}

impl<'a> Visit<'a> for Assignments<'_, '_, 'a> {
    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let AssignmentTarget::StaticMemberExpression(member) = &assignment.left {
            let name = member.property.name.as_str();
            if is_exports(&member.object) {
                self.found.push(name.to_owned());
            } else if name == "exports" && is_name(&member.object, "module") {
                match self.constants.evaluate(&assignment.right) {
                    Known::Table(entries) => self.found.extend(entries.named.into_keys()),
                    _ => self.found.push("default".to_owned()),
                }
            }
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.is_commonjs |= matches!(name.name.as_str(), "exports" | "module");
    }
}

/// `exports` or `module.exports`.
fn is_exports(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::StaticMemberExpression(member) => {
            member.property.name == "exports" && is_name(&member.object, "module")
        }
        other => is_name(other, "exports"),
    }
}

fn is_name(expression: &Expression<'_>, name: &str) -> bool {
    matches!(expression, Expression::Identifier(identifier) if identifier.name == name)
}

/// How often a name is used, its declaration and its export aside.
struct Mentions<'n> {
    name: &'n str,
    count: usize,
}

impl<'a> Visit<'a> for Mentions<'_> {
    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.count += usize::from(name.name == self.name);
    }

    fn visit_export_named_declaration(&mut self, _: &oxc_ast::ast::ExportNamedDeclaration<'a>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::syntax;

    fn exports(text: &str) -> Exports {
        syntax::exports("x.ts", text).expect("parses")
    }

    fn names(text: &str) -> Vec<String> {
        exports(text).names.into_iter().collect()
    }

    #[test]
    fn every_way_of_exporting_is_seen() {
        assert_eq!(names("export default class {}"), ["default"]);
        assert_eq!(
            names("export function a() {} export class B {} export const c = 1, d = 2;"),
            ["B", "a", "c", "d"]
        );
        assert_eq!(names("export const { a, b: [c] } = x;"), ["a", "c"]);
        assert_eq!(names("const a = 1; export { a as default, a as b };"), ["b", "default"]);
        assert_eq!(
            names("export { a as default, b } from './m.js'; export * as c from './n.js';"),
            ["b", "c", "default"]
        );
        assert_eq!(names("export type { A }; export interface B {} export type C = 1;"), [] as [&str; 0]);
        assert_eq!(names("exports.a = 1; module.exports.b = () => {};"), ["a", "b"]);
        assert_eq!(names("module.exports = { default: f, setup() {} };"), ["default", "setup"]);
        assert_eq!(exports("export * from './m.js';").stars, ["./m.js"]);
        assert!(exports("exports.a = 1;").is_open && !exports("export default 1;").is_open);
    }

    fn options(text: &str) -> Option<serde_json::Value> {
        exports(text).options.value()
    }

    #[test]
    fn options_that_are_literals_are_known() {
        let json = |text: &str| serde_json::from_str(text).ok();
        assert_eq!(
            options(
                "export const options: Options = { vus: 2, 'duration': `1s`, stages: [{ target: -1.5 }] };"
            ),
            json(r#"{"vus":2,"duration":"1s","stages":[{"target":-1.5}]}"#)
        );
        assert_eq!(options("const N = 3; export let options = { vus: N };"), json(r#"{"vus":3}"#));
        assert_eq!(options("export default () => {};"), json("{}"));
    }

    #[test]
    fn options_that_may_be_otherwise_are_not_taken_for_known() {
        for text in [
            "export const options = { vus: __ENV.VUS || 1 };",
            "let n = 3; n = 4; export const options = { vus: n };",
            "export const options = { vus: 1 }; options.vus = 2;",
            "export const options = { vus: 1 }; Object.assign(options, more);",
            "export const options = { vus: 1, ...more };",
            "export const options = { [name]: 1 };",
            "const o = { vus: 1 }; export { o as options };",
            "export { options } from './m.js';",
            "export * from './m.js';",
            "exports.options = { vus: 1 };",
            "export const { options } = x;",
        ] {
            assert_eq!(options(text), None, "{text}");
        }
    }

    #[test]
    fn names_of_entries_are_known_where_values_are_not() {
        let Known::Table(options) =
            exports("export const options = { scenarios: { a: { rate: f() } } };").options
        else {
            panic!("a table")
        };
        let scenarios = options.table("scenarios");
        assert_eq!(scenarios.named.keys().collect::<Vec<_>>(), ["a"]);
        assert!(scenarios.is_whole && scenarios.table("a").named["rate"] == Known::Unknown);
    }
}
