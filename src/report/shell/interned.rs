//! Texts that many cases share, each once: the lines of scripts and options, names, digests.

use rustc_hash::FxHashMap;

/// Texts by their place in one list.
#[derive(Debug, Default)]
pub(in crate::report) struct Interned {
    texts: Vec<String>,
    places: FxHashMap<String, usize>,
}

impl Interned {
    /// The place of a text.
    pub(in crate::report) fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        self.texts.push(text.to_owned());
        self.places.insert(text.to_owned(), self.texts.len() - 1);
        self.texts.len() - 1
    }

    /// The places of a text's lines.
    pub(in crate::report) fn lines(&mut self, text: &str) -> Vec<usize> {
        text.lines().map(|line| self.place(line)).collect()
    }

    /// All texts by place.
    pub(in crate::report) fn into_texts(self) -> Vec<String> {
        self.texts
    }
}
