//! A text that stands in a file, and is read as a language of its own: a template, an expression in a string.

use std::ops::Range;
use std::sync::Arc;

use super::document::Item;
use super::mistake::Mistakes;
use super::source::{Place, Source};
use super::table;

/// A text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// As it means, without quotes and escapes.
    pub text: String,
    /// Where it stands, with its quotes.
    pub place: Place,
}

impl Excerpt {
    /// The string of an item.
    pub fn of_item(item: &Item) -> Result<Self, Mistakes> {
        Ok(Self { text: table::text(item)?.to_owned(), place: item.place.clone() })
    }

    /// A whole file.
    pub fn of_file(source: &Arc<Source>) -> Self {
        let place = Place { source: Arc::clone(source), range: 0..source.text.len() };
        Self { text: source.text.clone(), place }
    }

    /// The place in the file of a range of the text; that of the whole where escapes stand between.
    pub fn place_of(&self, range: &Range<usize>) -> Place {
        let written = self.place.source.text.get(self.place.range.clone()).unwrap_or_default();
        let mut quotes = ["", "\"\"\"\n", "'''\n", "\"\"\"", "'''", "\"", "'"].into_iter();
        let is_before = |quotes: &&str| {
            let behind = written.strip_prefix(quotes).and_then(|rest| rest.strip_prefix(&self.text));
            behind.is_some_and(|behind| behind == quotes.trim_end())
        };
        let Some(quotes) = quotes.find(is_before) else { return self.place.clone() };
        let start = self.place.range.start + quotes.len();
        let end = range.end.min(self.text.len());
        Place { source: Arc::clone(&self.place.source), range: start + range.start.min(end)..start + end }
    }

    /// The place of a name in it, where that is no part of another one; that of the whole where it has none.
    pub fn place_of_word(&self, word: &str) -> Place {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let found = self.text.match_indices(word).map(|(at, _)| at).find(|at| {
            !self.text[..*at].ends_with(is_part)
                && !self.text[at + word.len()..].starts_with(|c: char| is_part(c) && c != '.')
        });
        found.map_or_else(|| self.place.clone(), |at| self.place_of(&(at..at + word.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_behind_every_quote_and_not_among_escapes() {
        for (written, text, expected) in [
            ("vus > 1", "vus > 1", "vus"),
            ("\"vus > 1\"", "vus > 1", "vus"),
            ("'vus > 1'", "vus > 1", "vus"),
            ("'''\nvus > 1'''", "vus > 1", "vus"),
            ("\"\"\"vus > 1\"\"\"", "vus > 1", "vus"),
            ("\"vus >\\u0020 1\"", "vus >  1", "\"vus >\\u0020 1\""),
            ("\"vuss\"", "vuss", "\"vuss\""),
        ] {
            let source = Arc::new(Source { path: "x".into(), text: format!("a = {written}") });
            let place = Place { source, range: 4..4 + written.len() };
            let place = Excerpt { text: text.into(), place }.place_of_word("vus");
            assert_eq!(&place.source.text[place.range], expected, "{written}");
        }
    }
}
