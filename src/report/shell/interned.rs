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

    /// The places of a text's lines; most of them are those of a text that is `like` it.
    pub(in crate::report) fn lines(&mut self, text: &str, like: &[usize]) -> Vec<usize> {
        let mut places = Vec::with_capacity(like.len());
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest.as_bytes());
            let line = &rest[..end.unwrap_or(rest.len())];
            rest = end.map_or("", |end| &rest[end + 1..]);
            let line = line.strip_suffix('\r').filter(|_| end.is_some()).unwrap_or(line);
            let same = like.get(places.len()).copied().filter(|place| self.texts[*place] == line);
            places.push(same.unwrap_or_else(|| self.place(line)));
        }
        places
    }

    /// All texts by place.
    pub(in crate::report) fn into_texts(self) -> Vec<String> {
        self.texts
    }
}
