//! What a script's text says of its `options` without running it: literals, and constants that are literals. The
//! rest is unknown here; k6 itself knows it.

use indexmap::IndexMap;
use oxc_ast::ast::{
    BindingPattern, Expression, ObjectExpression, ObjectPropertyKind, Program, PropertyKind, Statement,
    UnaryOperator, VariableDeclaration, VariableDeclarationKind,
};
use serde_json::{Map, Value};

/// A value as far as the text of a script tells it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::render) enum Known {
    /// All of it.
    Value(Value),
    /// An object, entry by entry.
    Table(Entries),
    /// It is computed.
    Unknown,
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::render) struct Entries {
    /// The entries that it has.
    pub(super) named: IndexMap<String, Known>,
    /// Whether it has no others.
    pub(super) is_whole: bool,
}

impl Entries {
    /// An object without entries.
    pub(super) fn none() -> Self {
        Self { named: IndexMap::new(), is_whole: true }
    }

    /// The object under `name`; an empty one where there surely is none.
    pub(super) fn table(&self, name: &str) -> Self {
        match self.named.get(name) {
            Some(Known::Table(entries)) => entries.clone(),
            Some(Known::Value(Value::Null)) => Self::none(),
            None if self.is_whole => Self::none(),
            _ => Self { named: IndexMap::new(), is_whole: false },
        }
    }
}

impl Known {
    /// A value that stands in the suite.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Object(table) => Self::Table(Entries {
                named: table.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect(),
                is_whole: true,
            }),
            other => Self::Value(other.clone()),
        }
    }

    /// The value, where all of it is known.
    pub(super) fn value(&self) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Table(entries) if entries.is_whole => {
                let member = |(name, known): (&String, &Self)| Some((name.clone(), known.value()?));
                entries.named.iter().map(member).collect::<Option<Map<String, Value>>>().map(Value::Object)
            }
            _ => None,
        }
    }

    /// The text, where it is one and known.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Value(Value::String(text)) = self { Some(text) } else { None }
    }
}

/// The constants of a module by name: `const X = …` at its top.
#[derive(Default)]
pub(super) struct Constants<'p, 'a>(IndexMap<&'p str, &'p Expression<'a>>);

impl<'p, 'a> Constants<'p, 'a> {
    /// Those of a program, exported ones included.
    pub(super) fn of(program: &'p Program<'a>) -> Self {
        let mut constants = Self::default();
        for statement in &program.body {
            match statement {
                Statement::VariableDeclaration(variables) => constants.take(variables),
                Statement::ExportDeclaration(export) => {
                    if let oxc_ast::ast::Declaration::VariableDeclaration(variables) = &export.declaration {
                        constants.take(variables);
                    }
                }
                _ => {}
            }
        }
        constants
    }

    fn take(&mut self, variables: &'p VariableDeclaration<'a>) {
        if variables.kind != VariableDeclarationKind::Const {
            return;
        }
        for declarator in &variables.declarations {
            if let (BindingPattern::BindingIdentifier(name), Some(value)) = (&declarator.id, &declarator.init)
            {
                self.0.insert(name.name.as_str(), value);
            }
        }
    }

    /// What `expression` is.
    pub(super) fn evaluate(&self, expression: &Expression<'a>) -> Known {
        self.evaluate_within(expression, 8)
    }

    /// Names may lead in a circle: only so many are followed.
    fn evaluate_within(&self, expression: &Expression<'a>, depth: usize) -> Known {
        match expression {
            Expression::StringLiteral(text) => Known::Value(text.value.as_str().into()),
            Expression::NumericLiteral(number) => Known::Value(number_of(number.value)),
            Expression::BooleanLiteral(truth) => Known::Value(truth.value.into()),
            Expression::NullLiteral(_) => Known::Value(Value::Null),
            Expression::TemplateLiteral(template) if template.expressions.is_empty() => template
                .quasis
                .first()
                .and_then(|text| text.value.cooked.as_ref())
                .map_or(Known::Unknown, |text| Known::Value(text.as_str().into())),
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::UnaryNegation => {
                match self.evaluate_within(&unary.argument, depth) {
                    Known::Value(Value::Number(number)) => {
                        number.as_f64().map_or(Known::Unknown, |number| Known::Value(number_of(-number)))
                    }
                    _ => Known::Unknown,
                }
            }
            Expression::ArrayExpression(array) => {
                let elements = array.elements.iter();
                let value = |expression| self.evaluate_within(expression, depth).value();
                let all: Option<Vec<Value>> =
                    elements.map(|element| value(element.as_expression()?)).collect();
                all.map_or(Known::Unknown, |all| Known::Value(all.into()))
            }
            Expression::ObjectExpression(object) => Known::Table(self.entries(object, depth)),
            Expression::ParenthesizedExpression(inner) => self.evaluate_within(&inner.expression, depth),
            Expression::TSAsExpression(inner) => self.evaluate_within(&inner.expression, depth),
            Expression::TSSatisfiesExpression(inner) => self.evaluate_within(&inner.expression, depth),
            // An object may be changed under its name; what is no object cannot.
            Expression::Identifier(name) if depth > 0 => {
                let constant = self.0.get(name.name.as_str());
                match constant.map(|constant| self.evaluate_within(constant, depth - 1)) {
                    Some(Known::Value(value)) if !value.is_array() => Known::Value(value),
                    _ => Known::Unknown,
                }
            }
            _ => Known::Unknown,
        }
    }

    fn entries(&self, object: &ObjectExpression<'a>, depth: usize) -> Entries {
        let mut entries = Entries::none();
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property) if property.kind == PropertyKind::Init => {
                    match property.key.static_name() {
                        Some(name) => {
                            let known = self.evaluate_within(&property.value, depth);
                            entries.named.insert(name.into_owned(), known);
                        }
                        None => unsettle(&mut entries),
                    }
                }
                _ => unsettle(&mut entries),
            }
        }
        entries
    }
}

/// Something follows that may replace any entry so far, and add others.
fn unsettle(entries: &mut Entries) {
    entries.is_whole = false;
    for known in entries.named.values_mut() {
        *known = Known::Unknown;
    }
}

/// Whole numbers without a fraction, as JSON of a suite has them.
fn number_of(number: f64) -> Value {
    #[allow(clippy::cast_possible_truncation, reason = "only whole numbers that a double holds exactly")]
    let whole = number as i64;
    if number.fract() == 0.0 && number.abs() < 9.0e15 { whole.into() } else { number.into() }
}
