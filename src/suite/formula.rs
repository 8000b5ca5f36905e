//! A text in the engine's language that is read before it meets axes: `when`, `--where`, the template of ids.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tera::{Context, Kwargs, State, Tera, Value};

use crate::base::duration;
use crate::base::engine_words::EngineWords;
use crate::base::excerpt::Excerpt;
use crate::base::mistake::{Mistake, Mistakes};

/// The one template of each engine here.
const NAME: &str = "x";

/// The tag around an expression.
const TAG: [&str; 2] = ["{{ ", " }}"];

const CLOSES: [&str; 2] = ["}}", "%}"];

/// A compiled expression or template. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Formula {
    tera: Arc<Tera>,
    excerpt: Arc<Excerpt>,
    is_expression: bool,
    /// What is expected, for those who write none that can be read.
    expected: &'static str,
    /// The names that it reads, without what stands behind their dots; in order.
    names: Arc<[String]>,
}

impl Formula {
    /// Reads an expression that is true or false. `expected` says what else could stand there.
    pub fn condition(excerpt: Excerpt, expected: &'static str) -> Result<Self, Mistakes> {
        let marks = ["{{", "}}", "{%", "%}", "{#", "#}"];
        if let Some(mark) = marks.into_iter().find(|mark| excerpt.text.contains(mark)) {
            let mistake = Mistake::at(&excerpt.place, format!("`{mark}` has no place in an expression"));
            return Err(mistake.label(expected).into());
        }
        Self::compile(excerpt, true, expected)
    }

    /// Reads a template.
    pub(super) fn template(excerpt: Excerpt) -> Result<Self, Mistakes> {
        Self::compile(excerpt, false, "")
    }

    fn compile(excerpt: Excerpt, is_expression: bool, expected: &'static str) -> Result<Self, Mistakes> {
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        tera.register_filter("seconds", seconds);
        let [before, after] = if is_expression { TAG } else { ["", ""] };
        let compiled = tera.add_raw_template(NAME, &format!("{before}{}{after}", excerpt.text));
        let mut names: Vec<String> = Vec::new();
        if compiled.is_ok() {
            names.extend(tera.get_template_variables(NAME).into_iter().flatten().map(str::to_owned));
            names.sort();
        }
        let (tera, excerpt) = (Arc::new(tera), Arc::new(excerpt));
        let formula = Self { tera, excerpt, is_expression, expected, names: names.into() };
        match compiled {
            Ok(()) => Ok(formula),
            Err(error) => Err(formula.mistakes(&error)),
        }
    }

    /// What was written.
    pub fn excerpt(&self) -> &Excerpt {
        &self.excerpt
    }

    /// The names that it reads, without what stands behind their dots; in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What it prints where its names mean these values.
    pub(super) fn print(&self, variables: Map<String, Json>) -> Result<String, Mistake> {
        let mut context = Context::new();
        for (name, value) in variables {
            context.insert_value(name, Value::from_serializable(&value));
        }
        self.tera.render(NAME, &context).map_err(|error| {
            let mistakes = self.mistakes(&error);
            mistakes
                .iter()
                .next()
                .cloned()
                .unwrap_or_else(|| Mistake::at(&self.excerpt.place, error.to_string()))
        })
    }

    /// Whether it is true where its names mean these values.
    pub(super) fn holds(&self, variables: Map<String, Json>) -> Result<bool, Mistake> {
        match self.print(variables)?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => {
                let message = format!("expected an expression that is true or false, found `{other}`");
                Err(Mistake::at(&self.excerpt.place, message))
            }
        }
    }

    /// The dotted names of an expression outside of its strings, with where they begin.
    pub(super) fn dotted_names(&self) -> Vec<(usize, &str)> {
        if self.is_expression { dotted_names(&self.excerpt.text) } else { Vec::new() }
    }

    fn mistakes(&self, error: &tera::Error) -> Mistakes {
        let closes = CLOSES.map(str::to_owned);
        let words = EngineWords {
            name: NAME,
            before: if self.is_expression { TAG[0] } else { "" },
            quoted: Some(&self.excerpt.text),
            closes: &closes,
            label: Some(self.expected.to_owned()).filter(|expected| !expected.is_empty()),
            names: Vec::new(),
            words: &["seconds"],
        };
        words.mistakes(error, |_| Some((*self.excerpt).clone()))
    }
}

fn dotted_names(text: &str) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    let (mut quote, mut start) = (None, None);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_name = quote.is_none() && (c.is_alphanumeric() || c == '_' || c == '.');
        match (start, is_name) {
            (None, true) => start = Some(at),
            (Some(begin), false) => {
                names.extend(Some((begin, &text[begin..at])).filter(|(_, name)| name.contains('.')));
                start = None;
            }
            _ => {}
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            _ => {}
        }
    }
    names
}

/// The filter `seconds`: a duration as a number.
#[allow(clippy::needless_pass_by_value, reason = "the signature of tera's filters")]
fn seconds(value: &str, _: Kwargs, _: &State) -> tera::TeraResult<f64> {
    let read = duration::parse(value).map(|duration| duration.as_secs_f64());
    read.ok_or_else(|| tera::Error::message(format!("`{value}` is no duration")))
}
