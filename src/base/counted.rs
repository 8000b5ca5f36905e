//! A number with its noun, for people.

/// `1 case`, `2 cases`, `0 runs`.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
