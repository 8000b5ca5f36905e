//! The rows of a payload: counted, and repeated.
//!
//! A row is one thing that a request asks about. Where it stands depends on the form: an element of a JSON array,
//! of `instances` (KServe's protocol v1), a step along the first dimension of `inputs` (Open Inference
//! Protocol), a line of NDJSON, a line of CSV below its heading.

use serde_json::{Map, Value};

/// A payload larger than this is not taken apart to be counted.
const LARGEST_COUNTED: usize = 64 << 20;

/// The rows of a payload called `name`; none where its form has no rows that are known here.
pub(super) fn count(name: &str, bytes: &[u8]) -> Option<u64> {
    if bytes.len() > LARGEST_COUNTED {
        return None;
    }
    let lines = || std::str::from_utf8(bytes).ok().map(|text| lines(text).len() as u64);
    match ending(name) {
        "json" => rows_of(&serde_json::from_slice(bytes).ok()?),
        "ndjson" | "jsonl" => lines(),
        "csv" => Some(lines()?.saturating_sub(1)),
        _ => None,
    }
}

/// The payload with `rows` rows: its own, from the first one on, again and again.
pub(super) fn repeat(name: &str, bytes: &[u8], rows: u32) -> Result<Vec<u8>, String> {
    let rows = rows as usize;
    match ending(name) {
        "json" => {
            let value = serde_json::from_slice(bytes).map_err(|error| format!("it is no JSON: {error}"))?;
            serde_json::to_vec(&repeated(value, rows)?).map_err(|error| error.to_string())
        }
        "ndjson" | "jsonl" => repeated_lines(bytes, 0, rows),
        "csv" => repeated_lines(bytes, 1, rows),
        _ => Err("only JSON, NDJSON and CSV have rows".to_owned()),
    }
}

pub(super) fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim().is_empty()).collect()
}

fn repeated_lines(bytes: &[u8], heading: usize, rows: usize) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let all = lines(text);
    let (head, body) = all.split_at(heading.min(all.len()));
    if body.is_empty() {
        return Err("it has no rows".to_owned());
    }
    let chosen = head.iter().chain(body.iter().cycle().take(rows));
    Ok(chosen.flat_map(|line| [line.as_bytes(), b"\n"]).flatten().copied().collect())
}

fn rows_of(value: &Value) -> Option<u64> {
    match value {
        Value::Array(rows) => Some(rows.len() as u64),
        Value::Object(object) => match (object.get("instances"), object.get("inputs")) {
            (Some(Value::Array(rows)), _) => Some(rows.len() as u64),
            (None, Some(Value::Array(tensors))) => first_dimension(tensors.first()?),
            _ => None,
        },
        _ => None,
    }
}

fn first_dimension(tensor: &Value) -> Option<u64> {
    tensor.get("shape")?.as_array()?.first()?.as_u64()
}

fn repeated(value: Value, rows: usize) -> Result<Value, String> {
    match value {
        Value::Array(own) => cycled(&own, 1, rows).map(Value::Array),
        Value::Object(mut object) => {
            if let Some(Value::Array(own)) = object.get_mut("instances") {
                *own = cycled(own, 1, rows)?;
            } else if let Some(Value::Array(tensors)) = object.get_mut("inputs") {
                for tensor in tensors {
                    repeat_tensor(tensor, rows)?;
                }
            } else {
                return Err(NO_ROWS.to_owned());
            }
            Ok(Value::Object(object))
        }
        _ => Err(NO_ROWS.to_owned()),
    }
}

const NO_ROWS: &str = "it is no JSON array, and has neither `instances` nor `inputs`";

/// A tensor of the Open Inference Protocol: its first dimension is that of its rows; its elements stand in `data`,
/// flat or nested, or in one of the lists of `contents`.
fn repeat_tensor(tensor: &mut Value, rows: usize) -> Result<(), String> {
    let own = first_dimension(tensor)
        .filter(|own| *own > 0)
        .ok_or("a tensor of `inputs` has no `shape` with rows")?;
    let own = usize::try_from(own).map_err(|_| "a `shape` is too large".to_owned())?;
    let mut found = false;
    if let Some(Value::Array(data)) = tensor.get_mut("data") {
        *data = by_rows(data, own, rows)?;
        found = true;
    }
    let contents = tensor.get_mut("contents").and_then(Value::as_object_mut);
    for list in contents.into_iter().flat_map(Map::values_mut) {
        if let Value::Array(data) = list {
            *data = by_rows(data, own, rows)?;
            found = true;
        }
    }
    if !found {
        return Err("a tensor of `inputs` has neither `data` nor `contents`".to_owned());
    }
    tensor["shape"][0] = rows.into();
    Ok(())
}

/// Elements of `own` rows, as those of `rows` rows.
fn by_rows(data: &[Value], own: usize, rows: usize) -> Result<Vec<Value>, String> {
    if !data.len().is_multiple_of(own) {
        return Err(format!("{} elements are no {own} rows", data.len()));
    }
    let width = data.len() / own;
    cycled(data, width.max(1), rows)
}

/// The first `rows` rows of `width` elements each, from the first one on again where there are fewer.
fn cycled(data: &[Value], width: usize, rows: usize) -> Result<Vec<Value>, String> {
    if data.is_empty() {
        return Err("it has no rows".to_owned());
    }
    let wanted = width.checked_mul(rows).ok_or("too many rows")?;
    Ok(data.iter().cycle().take(wanted).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated_text(name: &str, text: &str, rows: u32) -> Result<String, String> {
        repeat(name, text.as_bytes(), rows).map(|bytes| String::from_utf8(bytes).expect("text"))
    }

    #[test]
    fn every_form_is_counted_and_repeated_from_its_first_row_on() {
        let forms = [
            ("a.json", "[1, 2.50, 3]", 3, 5, "[1,2.5,3,1,2.5]"),
            (
                "a.json",
                r#"{"instances": [[1], [2]], "b": "x"}"#,
                2,
                3,
                r#"{"instances":[[1],[2],[1]],"b":"x"}"#,
            ),
            (
                "a.json",
                r#"{"inputs": [{"name": "x", "shape": [2, 2], "data": [1, 2, 3, 4]}]}"#,
                2,
                3,
                r#"{"inputs":[{"name":"x","shape":[3,2],"data":[1,2,3,4,1,2]}]}"#,
            ),
            (
                "a.json",
                r#"{"inputs": [{"shape": [1, 2], "contents": {"fp32_contents": [1, 2]}}]}"#,
                1,
                2,
                r#"{"inputs":[{"shape":[2,2],"contents":{"fp32_contents":[1,2,1,2]}}]}"#,
            ),
            (
                "a.json",
                r#"{"inputs": [{"shape": [2, 1], "data": [[1], [2]]}]}"#,
                2,
                1,
                r#"{"inputs":[{"shape":[1,1],"data":[[1]]}]}"#,
            ),
            ("a.ndjson", "{}\n[1]\n\n", 2, 3, "{}\n[1]\n{}\n"),
            ("a.csv", "id,name\n1,x\n", 1, 2, "id,name\n1,x\n1,x\n"),
        ];
        for (name, text, own, rows, expected) in forms {
            assert_eq!(count(name, text.as_bytes()), Some(own), "{text}");
            let built = repeated_text(name, text, rows).expect(text);
            assert_eq!(built, expected);
            assert_eq!(count(name, built.as_bytes()), Some(u64::from(rows)), "{built}");
        }
    }

    #[test]
    fn what_has_no_rows_says_why() {
        let wrong = [
            ("a.json", "{", "it is no JSON: "),
            ("a.json", "{}", NO_ROWS),
            ("a.json", "7", NO_ROWS),
            ("a.json", "[]", "it has no rows"),
            ("a.json", r#"{"inputs": [{"data": [1]}]}"#, "no `shape`"),
            ("a.json", r#"{"inputs": [{"shape": [1]}]}"#, "neither `data` nor `contents`"),
            ("a.json", r#"{"inputs": [{"shape": [2], "data": [1, 2, 3]}]}"#, "3 elements are no 2 rows"),
            ("a.csv", "id\n", "it has no rows"),
            ("a.bin", "x", "only JSON, NDJSON and CSV have rows"),
        ];
        for (name, text, expected) in wrong {
            let said = repeated_text(name, text, 2).expect_err(text);
            assert!(said.contains(expected), "{text}: {said}");
        }
        assert_eq!(count("a.bin", b"x"), None);
    }
}
