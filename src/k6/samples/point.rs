//! A line with a sample, read in place where it has exactly the layout that k6 writes.

use super::number::number;
pub use super::time::Clock;

/// A sample; nothing of it was copied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point<'l> {
    /// The metric's name.
    pub metric: &'l [u8],
    /// When it was taken, in nanoseconds since the Unix epoch.
    pub at_ns: i64,
    /// Its value.
    pub value: f64,
    /// Its tags as they stand in the line, a JSON object if the line is sound.
    pub tags: &'l [u8],
}

/// The sample in a line without its end, if it has k6's layout; whether `tags` is an object is not looked at.
pub fn point<'l>(line: &'l [u8], clock: &mut Clock) -> Option<Point<'l>> {
    let rest = line.strip_prefix(b"{\"metric\":\"")?;
    let metric = &rest[..memchr::memchr(b'"', rest)?];
    let rest = rest[metric.len()..].strip_prefix(b"\",\"type\":\"Point\",\"data\":{\"time\":\"")?;
    let (at_ns, length) = clock.read(rest)?;
    let rest = rest[length..].strip_prefix(b"\",\"value\":")?;
    let (value, length) = number(rest)?;
    let rest = rest[length..].strip_prefix(b",\"tags\":")?;
    let tags = rest.strip_suffix(b"}}").filter(|tags| tags.first() == Some(&b'{'))?;
    Some(Point { metric, at_ns, value, tags })
}
