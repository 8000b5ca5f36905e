//! What a script opens and imports, read off its syntax tree (oxc).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, BindingIdentifier, BindingPattern, CallExpression,
    ComputedMemberExpression, ExportAllDeclaration, ExportFromDeclaration, Expression, IdentifierReference,
    ImportDeclaration, ImportExpression, StaticMemberExpression, StringLiteral, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};

use super::names::{Condition, Names};
use super::parsing::{SyntaxError, with_program};
use super::script::Exports;

/// A string literal in a place where k6 opens a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opened {
    /// How it is opened.
    pub how: How,
    /// The literal.
    pub path: String,
    /// Where it stands in the script.
    pub range: Range<usize>,
}

/// The ways in which a script opens a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum How {
    /// `import`, `export … from`, `require()`, `import()`: relative to the module.
    Import,
    /// `open()`, also of `k6/experimental/fs`, and `import.meta.resolve()`.
    Open,
    /// `client.load(import paths, file)`: relative to the main script.
    Proto(Vec<String>),
    /// `client.loadProtoset(file)`: relative to the main script.
    Protoset,
}

/// What the parser saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The files, in the order of the text.
    pub opened: Vec<Opened>,
    /// The names `X` of `__ENV.X`.
    pub environment_reads: BTreeSet<String>,
    /// Whether it may open or import something whose path is no literal: only k6 itself can tell what.
    pub is_computed: bool,
}

/// Parses a module; `name` decides between JavaScript and TypeScript.
pub(super) fn parse(name: &str, text: &str) -> Result<Seen, SyntaxError> {
    with_program(name, text, |program| {
        let mut finder = Finder::default();
        finder.visit_program(program);
        finder.finish()
    })
}

/// What a module exports.
pub(super) fn exports(name: &str, text: &str) -> Result<Exports, SyntaxError> {
    with_program(name, text, Exports::of)
}

#[derive(Default)]
struct Finder {
    names: Names,
    /// None where the path is no literal.
    opened: Vec<(Condition, Option<Opened>)>,
    environment_reads: BTreeSet<String>,
}

impl Finder {
    fn finish(self) -> Seen {
        let mut seen = Seen {
            is_computed: self.names.is_loose(),
            environment_reads: self.environment_reads,
            opened: Vec::new(),
        };
        for (condition, opened) in self.opened {
            if self.names.meets(&condition) {
                seen.is_computed |= opened.is_none();
                seen.opened.extend(opened);
            }
        }
        seen
    }

    fn note(&mut self, condition: Condition, how: How, found: Option<(String, oxc_span::Span)>) {
        let opened = found.map(|(path, span)| {
            let range = span.start as usize..span.end as usize;
            Opened { how, path, range }
        });
        self.opened.push((condition, opened));
    }

    fn note_source(&mut self, source: &StringLiteral<'_>) {
        self.note(Condition::Always, How::Import, Some((source.value.to_string(), source.span)));
    }

    fn note_argument(&mut self, condition: Condition, how: How, argument: Option<&Argument<'_>>) {
        self.note(condition, how, argument.and_then(Argument::as_expression).and_then(literal));
    }

    /// `load` is gRPC's where its file is a definition, or where gRPC is imported; a map's where it is not.
    fn note_protos(&mut self, arguments: &[Argument<'_>]) {
        let Some(folders) = folders(arguments.first()) else {
            let is_text = arguments.first().and_then(Argument::as_expression).and_then(literal).is_some();
            if arguments.len() > 1 && !is_text {
                self.note(Condition::Always, How::Protoset, None);
            }
            return;
        };
        for argument in arguments.iter().skip(1) {
            let file = argument.as_expression().and_then(literal);
            let is_plain = file.as_ref().is_some_and(|(path, _)| is_definition(path));
            let condition = if is_plain { Condition::Always } else { Condition::Grpc };
            self.note(condition, How::Proto(folders.clone()), file);
        }
    }
}

/// A string literal, or a template literal without substitutions.
fn literal(expression: &Expression<'_>) -> Option<(String, oxc_span::Span)> {
    match expression {
        Expression::StringLiteral(text) => Some((text.value.to_string(), text.span)),
        Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
            let text = template.quasis.first()?.value.cooked.as_ref()?;
            Some((text.to_string(), template.span))
        }
        _ => None,
    }
}

fn is_definition(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "proto")
}

/// The literals in a list, none of `null`; nothing where it may hold anything else.
fn folders(argument: Option<&Argument<'_>>) -> Option<Vec<String>> {
    match argument?.as_expression()? {
        Expression::NullLiteral(_) => Some(Vec::new()),
        Expression::ArrayExpression(array) => {
            let element = |element: &ArrayExpressionElement<'_>| Some(literal(element.as_expression()?)?.0);
            array.elements.iter().map(element).collect()
        }
        _ => None,
    }
}

impl<'a> Visit<'a> for Finder {
    fn visit_import_declaration(&mut self, declaration: &ImportDeclaration<'a>) {
        self.names.import(declaration);
        self.note_source(&declaration.source);
    }

    fn visit_export_from_declaration(&mut self, declaration: &ExportFromDeclaration<'a>) {
        self.note_source(&declaration.source);
    }

    fn visit_export_all_declaration(&mut self, declaration: &ExportAllDeclaration<'a>) {
        self.note_source(&declaration.source);
    }

    fn visit_import_expression(&mut self, expression: &ImportExpression<'a>) {
        self.note(Condition::Always, How::Import, literal(&expression.source));
        walk::walk_import_expression(self, expression);
    }

    fn visit_binding_identifier(&mut self, name: &BindingIdentifier<'a>) {
        self.names.bind(&name.name);
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.names.mention(&name.name);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let first = call.arguments.first();
        match &call.callee {
            Expression::Identifier(callee) => {
                let name = callee.name.as_str();
                if self.names.call(name) {
                    let (how, name) = match name {
                        "require" => (How::Import, Cow::Borrowed("require")),
                        "open" => (How::Open, Cow::Borrowed("open")),
                        other => (How::Open, Cow::Owned(other.to_owned())),
                    };
                    self.note_argument(Condition::Function(name), how, first);
                }
            }
            Expression::StaticMemberExpression(member) => {
                match (member.property.name.as_str(), &member.object) {
                    ("open", Expression::Identifier(module)) => {
                        self.note_argument(Condition::Files(module.name.to_string()), How::Open, first);
                    }
                    ("resolve", Expression::ImportMeta(_)) => {
                        self.note_argument(Condition::Always, How::Open, first);
                    }
                    ("load", _) => self.note_protos(&call.arguments),
                    ("loadProtoset", _) => self.note_argument(Condition::Always, How::Protoset, first),
                    _ => {}
                }
            }
            _ => {}
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if declarator.init.as_ref().is_some_and(is_environment) {
            self.environment_reads.extend(taken_apart(&declarator.id));
        }
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if is_environment(&member.object) {
            self.environment_reads.insert(member.property.name.to_string());
        }
        walk::walk_static_member_expression(self, member);
    }

    fn visit_computed_member_expression(&mut self, member: &ComputedMemberExpression<'a>) {
        if is_environment(&member.object)
            && let Some((name, _)) = literal(&member.expression)
        {
            self.environment_reads.insert(name);
        }
        walk::walk_computed_member_expression(self, member);
    }
}

/// The names in `const { X, Y: y = 1 } = __ENV`.
fn taken_apart(pattern: &BindingPattern<'_>) -> Vec<String> {
    let BindingPattern::ObjectPattern(object) = pattern else { return Vec::new() };
    let names = object.properties.iter().filter_map(|property| property.key.static_name());
    names.map(Cow::into_owned).collect()
}

fn is_environment(object: &Expression<'_>) -> bool {
    matches!(object, Expression::Identifier(identifier) if identifier.name == "__ENV")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_opening_a_file_is_seen() {
        let script = r"
            import http from 'k6/http'; import { a } from './a.js'; export * from './b.js'; export { c } from './c.js';
            const d = require('./d.js'); const e = open(`./e.json`); const f = await fs.open('f.bin');
            client.load(['protos', '.'], 'g.proto', 'h.proto'); client.loadProtoset('i.pb');
            import fs from 'k6/experimental/fs'; const k = __ENV.KEY + __ENV['OTHER'];
            const { FIRST, SECOND: second = 'x' } = __ENV;
        ";
        let seen = parse("x.js", script).expect("parses");
        let paths: Vec<_> = seen.opened.iter().map(|opened| opened.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "k6/http",
                "./a.js",
                "./b.js",
                "./c.js",
                "./d.js",
                "./e.json",
                "f.bin",
                "g.proto",
                "h.proto",
                "i.pb",
                "k6/experimental/fs"
            ]
        );
        assert_eq!(seen.opened[7].how, How::Proto(vec!["protos".into(), ".".into()]));
        assert_eq!(
            seen.environment_reads.into_iter().collect::<Vec<_>>(),
            ["FIRST", "KEY", "OTHER", "SECOND"]
        );
    }

    #[test]
    fn what_only_looks_like_opening_a_file_is_none() {
        for script in [
            "await Promise.resolve('ok');",
            "request.open('GET', 'http://h/');",
            "cache.load('x', 'key'); models.load(['a'], 'b');",
            "const open = (door) => door; open('door');",
            "function f(require) { require('x'); }",
        ] {
            let seen = parse("x.js", script).expect("parses");
            assert_eq!(seen.opened, [], "{script}");
        }
    }

    #[test]
    fn what_is_computed_is_left_to_k6() {
        for script in [
            "open('j' + x);",
            "const o = open; o('x');",
            "[a, b].map(open);",
            "require(name);",
            "import(name);",
            "client.load(dirs, 'a.proto');",
            "client.load([dir], 'a.proto');",
            "client.loadProtoset(x);",
            "import { open as read } from 'k6/experimental/fs'; read(x);",
            "eval(text);",
            "new Function('return 1');",
            "globalThis.open('x');",
            "read('x'); import { open as read } from 'k6/experimental/fs';",
        ] {
            assert!(parse("x.js", script).expect("parses").is_computed, "{script}");
        }
        for script in [
            "open('j');",
            "client.load(null, 'a.proto');",
            "import { open as read } from 'k6/experimental/fs'; read('x');",
        ] {
            let seen = parse("x.js", script).expect("parses");
            assert!(!seen.is_computed && !seen.opened.is_empty(), "{script}");
        }
    }

    #[test]
    fn a_syntax_error_has_a_place() {
        let error = parse("x.js", "const a = ;").expect_err("wrong");
        assert_eq!(error.range.start, 10, "{error:?}");
        assert!(parse("x.ts", "const a: number = 1; export default function () {}").is_ok());
    }
}
