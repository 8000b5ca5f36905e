//! `[workspace.delimiters]`: what opens and closes a tag, for templates full of braces.

use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected, texts};

/// What opens and closes the tags of a template, each two bytes long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimiters {
    /// Around a printed value, `{{` and `}}` by default.
    pub variable: [String; 2],
    /// Around a statement, `{%` and `%}` by default.
    pub block: [String; 2],
    /// Around a comment, `{#` and `#}` by default.
    pub comment: [String; 2],
}

impl Default for Delimiters {
    fn default() -> Self {
        let pair = |open: &str, close: &str| [open.to_owned(), close.to_owned()];
        Self { variable: pair("{{", "}}"), block: pair("{%", "%}"), comment: pair("{#", "#}") }
    }
}

impl Delimiters {
    pub(super) fn read(item: &Item) -> Result<Self, Mistakes> {
        let mut delimiters = Self::default();
        let mut fields = Fields::of_item(item)?;
        let pairs = [
            ("variable", &mut delimiters.variable),
            ("block", &mut delimiters.block),
            ("comment", &mut delimiters.comment),
        ];
        for (key, pair) in pairs {
            if let Some(read) = fields.read(key, pair_of) {
                *pair = read;
            }
        }
        let mut mistakes = fields.finish();
        let opens = [&delimiters.variable[0], &delimiters.block[0], &delimiters.comment[0]];
        if opens[0] == opens[1] || opens[0] == opens[2] || opens[1] == opens[2] {
            mistakes.push(Mistake::at(&item.place, "two kinds of tags open with the same delimiter"));
        }
        mistakes.or(delimiters)
    }
}

fn pair_of(item: &Item) -> Result<[String; 2], Mistakes> {
    match texts(item)?.as_slice() {
        [open, close] if open.len() == 2 && close.len() == 2 => Ok([(*open).to_owned(), (*close).to_owned()]),
        _ => Err(expected("two delimiters of two bytes each, such as [\"<<\", \">>\"]", item).into()),
    }
}
