//! One line of a page.

use std::collections::BTreeMap;

use super::{FamilyKind, Sample};

/// What a line says. Times are as written.
pub(super) enum Line {
    Nothing,
    Type(String, FamilyKind),
    Unit(String, String),
    Sample(Sample),
}

type Parsed<T> = Result<T, &'static str>;

/// Reads a line without its blanks; the error is what is wrong.
pub(super) fn parse(line: &str) -> Parsed<Line> {
    match line.strip_prefix('#') {
        Some(comment) => comment_line(comment),
        None if line.is_empty() => Ok(Line::Nothing),
        None => sample(line).map(Line::Sample),
    }
}

/// `# TYPE name type` and `# UNIT name unit` say something; everything else behind `#` is for people.
fn comment_line(comment: &str) -> Parsed<Line> {
    let (word, rest) = word(comment);
    if !comment.starts_with([' ', '\t']) || !matches!(word, "TYPE" | "UNIT") {
        return Ok(Line::Nothing);
    }
    let (name, rest) = if rest.starts_with('"') {
        quoted(rest)?
    } else {
        let (name, rest) = self::word(rest);
        (name.to_owned(), rest)
    };
    let said = rest.trim();
    if word == "UNIT" {
        return Ok(Line::Unit(name, said.to_owned()));
    }
    let kind = match said {
        "counter" => FamilyKind::Counter,
        "gauge" | "info" | "stateset" | "gaugehistogram" => FamilyKind::Gauge,
        "histogram" => FamilyKind::Histogram,
        "summary" => FamilyKind::Summary,
        "untyped" | "unknown" => FamilyKind::Unknown,
        _ => return Err("the type is unknown"),
    };
    Ok(Line::Type(name, kind))
}

/// `name{label="value",…} value time # exemplar`; the name may stand in quotes as the first label.
fn sample(line: &str) -> Parsed<Sample> {
    let end = line.find(|c: char| !is_name(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let rest = blank(rest);
    if name.is_empty() && !rest.starts_with('{') || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("it does not begin with a name");
    }
    let (labels, quoted_name, rest) = match rest.strip_prefix('{') {
        Some(rest) => self::labels(rest)?,
        None => (BTreeMap::new(), None, rest),
    };
    let name = if name.is_empty() { quoted_name.ok_or("it has no name")? } else { name.to_owned() };
    // Labels are behind us: what follows a `#` here is an exemplar.
    let (numbers, exemplar) = rest.split_once('#').unwrap_or((rest, ""));
    let (value, rest) = word(numbers);
    let (timestamp, rest) = word(rest);
    if value.is_empty() {
        return Err("the value is missing");
    }
    if !blank(rest).is_empty() {
        return Err("something stands behind the time");
    }
    check_exemplar(exemplar)?;
    let value = value.parse().map_err(|_| "the value is no number")?;
    let timestamp: Option<f64> = (!timestamp.is_empty())
        .then(|| timestamp.parse())
        .transpose()
        .map_err(|_| "the time is no number")?;
    Ok(Sample { name, labels, value, timestamp_ms: timestamp })
}

/// The labels behind an opening brace, a quoted name among them, and what follows the closing one.
fn labels(text: &str) -> Parsed<(BTreeMap<String, String>, Option<String>, &str)> {
    let (mut labels, mut name) = (BTreeMap::new(), None);
    let mut rest = blank(text);
    loop {
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((labels, name, rest));
        }
        let (label, behind) = if rest.starts_with('"') {
            quoted(rest)?
        } else {
            let (label, behind) = rest.split_at(rest.find(|c: char| !is_name(c)).unwrap_or(rest.len()));
            (label.to_owned(), behind)
        };
        let behind = blank(behind);
        rest = match behind.strip_prefix('=').map(blank) {
            Some(value) if value.starts_with('"') && !label.is_empty() => {
                let (value, behind) = quoted(value)?;
                labels.insert(label, value);
                blank(behind)
            }
            None if rest.starts_with('"') && name.is_none() => {
                name = Some(label);
                behind
            }
            _ => return Err("a label has no value in quotes"),
        };
        rest = match rest.strip_prefix(',') {
            Some(rest) => blank(rest),
            None if rest.starts_with('}') => rest,
            None => return Err("a comma or a brace is missing behind a label"),
        };
    }
}

/// A text in quotes, unescaped, and what follows it.
fn quoted(text: &str) -> Parsed<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                // The format's parsers keep what they do not know.
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            _ => value.push(character),
        }
    }
    Err("a label's value does not end")
}

/// `{trace_id="…"} value time`: it must be well formed, and is not kept.
fn check_exemplar(text: &str) -> Parsed<()> {
    let text = blank(text);
    if text.is_empty() {
        return Ok(());
    }
    let (_, _, rest) = labels(text.strip_prefix('{').ok_or("an exemplar has no labels")?)?;
    let (value, rest) = word(rest);
    let (timestamp, rest) = word(rest);
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let whole = is_number(value) && (timestamp.is_empty() || is_number(timestamp)) && blank(rest).is_empty();
    if whole { Ok(()) } else { Err("an exemplar has no value") }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | ':')
}

fn blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// The next word, and what follows it without blanks.
fn word(text: &str) -> (&str, &str) {
    let text = blank(text);
    let (word, rest) = text.split_at(text.find([' ', '\t']).unwrap_or(text.len()));
    (word, blank(rest))
}
