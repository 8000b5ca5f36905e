//! A mistake in a user's file: what is wrong, where, what was expected, and the way out.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexSet;

use super::drawn;
use super::source::{COMMAND_LINE, Place, Source};

/// One mistake. Shown with file, line, column, the line itself and a caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    message: String,
    place: Option<Place>,
    label: Option<String>,
    hint: Option<String>,
}

impl Mistake {
    /// A mistake that has no place in a file.
    pub fn new(message: impl Into<String>) -> Self {
        // What was written may have lines; a message has one.
        Self { message: message.into().replace(['\n', '\r'], " "), place: None, label: None, hint: None }
    }

    /// A mistake at `place`.
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self { place: Some(place.clone()), ..Self::new(message) }
    }

    /// What stands under the caret: mostly what was expected.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The way out, on a line of its own.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says in what it was found, e.g. in which cases.
    #[must_use]
    pub fn found_in(mut self, what: &str) -> Self {
        self.message.push_str(" in ");
        self.message.push_str(what);
        self
    }

    /// `hint: did you mean …` where a valid name is near.
    #[must_use]
    pub fn nearest<'a>(self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match super::nearest::nearest(name, candidates) {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// The one-line message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it is, if it lies in a file.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The mistake without its place: what is wrong, what was expected, and the way out, a line each.
    pub fn told(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!("hint: {hint}"));
        let parts = [Some(self.message.clone()), self.label.clone(), hint];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    /// The mistake on one line, for what is noticed and not refused.
    pub fn note(&self) -> String {
        let place = self.place.as_ref().map(|place| {
            let (line, column) = place.line_and_column();
            format!("{}:{line}:{column}: ", place.source.path)
        });
        let hint = self.hint.as_ref().map(|hint| format!("; {hint}"));
        format!("{}{}{}", place.unwrap_or_default(), self.message, hint.unwrap_or_default())
    }

    /// The mistake as a terminal shows it, over several lines, without a trailing newline.
    pub fn render(&self, color: bool) -> String {
        let label = self.label.as_deref().map(cut).unwrap_or_default();
        let mut text = drawn::draw(&cut(&self.message), self.place.as_ref(), &label, color);
        if let (None, Some(label)) = (&self.place, &self.label) {
            text.push_str(&format!("\n  {}", cut(label)));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\nhint: {}", cut(hint)));
        }
        text
    }
}

/// Long enough for every list of names; what was written may be longer.
const LONGEST: usize = 2000;

fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => Cow::Owned(format!("{} …", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// What tells a place from all others: of what was typed each word is a source of its own, under one name.
fn whereabouts(place: &Place) -> (&str, &str, usize, usize) {
    let source = &place.source;
    let typed = if source.path == COMMAND_LINE { source.text.as_str() } else { "" };
    (&source.path, typed, place.range.start, place.range.end)
}

/// All mistakes found in one pass; never empty when returned as an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Adds one.
    pub fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Adds those of `others` that say something new, or say it of another place.
    pub fn extend_with_new(&mut self, others: Self) {
        for new in others.0 {
            if self.0.iter().all(|known| (&known.message, &known.place) != (&new.message, &new.place)) {
                self.0.push(new);
            }
        }
    }

    /// Adds those of `others` that are about another place: of one place the first mistake is enough.
    pub fn extend_elsewhere(&mut self, others: Self) {
        for new in others.0 {
            if self.0.iter().all(|known| known.place != new.place) {
                self.0.push(new);
            }
        }
    }

    /// Gives the mistakes at `place` this way out.
    pub fn hint_at(&mut self, place: &Place, hint: &str) {
        for mistake in self.0.iter_mut().filter(|mistake| mistake.place.as_ref() == Some(place)) {
            mistake.hint = Some(hint.to_owned());
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, or these mistakes if there are any.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Keeps the value of a success and the mistakes of a failure.
    pub fn collect<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        result.map_err(|mistakes| self.extend(mistakes)).ok()
    }

    /// The same mistakes, in whose lines stars stand where `secrets` are: a mistake shows the line that it is on.
    #[must_use]
    pub fn hiding(mut self, secrets: &[Range<usize>]) -> Self {
        for place in self.0.iter_mut().filter_map(|mistake| mistake.place.as_mut()) {
            place.source = Arc::new(place.source.hiding(secrets));
        }
        self
    }

    /// Each mistake once: a default that is wrong is wrong in every test.
    #[must_use]
    pub fn distinct(self) -> Self {
        let mut seen = HashSet::with_capacity(self.0.len());
        let is_new: Vec<bool> = self
            .0
            .iter()
            .map(|mistake| {
                let Mistake { message, place, label, hint } = mistake;
                seen.insert((message, place.as_ref().map(whereabouts), label, hint))
            })
            .collect();
        self.those(&is_new)
    }

    /// The same mistakes at the same ranges of `source`.
    #[must_use]
    pub fn shown_in(mut self, source: &Arc<Source>) -> Self {
        for place in self.0.iter_mut().filter_map(|mistake| mistake.place.as_mut()) {
            place.source = Arc::clone(source);
        }
        self
    }

    /// Whether all of them are in what was typed, and none in a file.
    pub fn are_typed(&self) -> bool {
        let is_typed = |place: &Place| place.source.path == COMMAND_LINE;
        !self.0.is_empty() && self.0.iter().all(|mistake| mistake.place.as_ref().is_some_and(is_typed))
    }

    /// The first mistake of every place.
    #[must_use]
    pub fn one_a_place(self) -> Self {
        let mut seen = HashSet::with_capacity(self.0.len());
        let places = self.0.iter().map(|mistake| mistake.place.as_ref());
        let is_new: Vec<bool> =
            places.map(|place| place.is_none_or(|place| seen.insert(whereabouts(place)))).collect();
        self.those(&is_new)
    }

    /// Those for which `is_kept` says so, in their order.
    fn those(self, is_kept: &[bool]) -> Self {
        let kept = self.0.into_iter().zip(is_kept).filter(|(_, is_kept)| **is_kept);
        Self(kept.map(|(mistake, _)| mistake).collect())
    }

    /// The mistakes of each file in the order of its lines, files in the order in which they were found.
    pub fn in_file_order(&self) -> Vec<&Mistake> {
        let path = |mistake: &Mistake| mistake.place.as_ref().map(|place| place.source.path.clone());
        let files: IndexSet<Option<String>> = self.0.iter().map(path).collect();
        let start = |mistake: &Mistake| mistake.place.as_ref().map(|place| place.range.start);
        let mut all: Vec<&Mistake> = self.0.iter().collect();
        all.sort_by_cached_key(|mistake| (files.get_index_of(&path(mistake)), start(mistake)));
        all
    }

    /// The mistakes in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::Source;

    #[test]
    fn a_mistake_shows_file_line_column_and_the_nearest_name() {
        let source = Arc::new(Source { path: "suites/x.toml".into(), text: "a = 1\npayloud = 2\n".into() });
        let place = Place { source, range: 6..13 };
        let shown =
            Mistake::at(&place, "unknown key `payloud`").nearest("payloud", ["payload"]).render(false);
        for part in [
            "error: unknown key `payloud`",
            "suites/x.toml:2:1",
            "payloud = 2",
            "^^^^^^^",
            "did you mean `payload`?",
        ] {
            assert!(shown.contains(part), "{part} is missing in:\n{shown}");
        }
    }
}
