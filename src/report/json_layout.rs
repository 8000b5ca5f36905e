//! A JSON layout for long lists: indented for the outer two levels, one line for each element below.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::error::ReportError;

/// Containers nested at most this deep are spread over lines.
pub(super) const SPREAD: usize = 2;

/// Writes `shape` with one line for each row, and a newline at its end.
pub(super) fn bytes(shape: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    spread(shape, SPREAD)
}

/// The same with more levels spread over lines.
pub(super) fn spread(shape: &impl Serialize, levels: usize) -> Result<Vec<u8>, ReportError> {
    let mut out = Vec::new();
    let layout = Layout { levels, depth: 0, filled: false };
    shape.serialize(&mut Serializer::with_formatter(&mut out, layout))?;
    out.push(b'\n');
    Ok(out)
}

struct Layout {
    levels: usize,
    depth: usize,
    filled: bool,
}

impl Layout {
    fn open(&mut self) {
        self.depth += 1;
        self.filled = false;
    }

    fn close(&mut self, writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let spread = self.filled && self.depth <= self.levels;
        self.depth -= 1;
        self.filled = true;
        if spread { self.line(writer) } else { Ok(()) }
    }

    fn next(&mut self, writer: &mut (impl Write + ?Sized), first: bool) -> io::Result<()> {
        self.filled = true;
        if !first {
            writer.write_all(b",")?;
        }
        match self.depth <= self.levels {
            true => self.line(writer),
            false if first => Ok(()),
            false => writer.write_all(b" "),
        }
    }

    fn line(&self, writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open();
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer)?;
        writer.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open();
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer)?;
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_take_one_line_each_and_the_whole_stays_json() {
        let value = json!({"a": {"b": [1, {"c": 2}]}, "rows": [{"x": 1, "y": []}, {"x": 2}], "none": []});
        let bytes = bytes(&value).expect("writes");
        let expected = r#"{
  "a": {
    "b": [1, {"c": 2}]
  },
  "rows": [
    {"x": 1, "y": []},
    {"x": 2}
  ],
  "none": []
}
"#;
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&bytes).expect("reads"), value);
    }
}
