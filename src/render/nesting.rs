//! How deep a script is nested, told before it is parsed: parser and visitors go as deep as the script does, and what is
//! deeper than people write gets a stack of its own.

/// Deeper than people write.
const DEEP: usize = 100;

/// Deeper than this nothing is parsed: the process would end without a word.
const TOO_DEEP: usize = 20_000;

/// The same for TypeScript, whose parser reads `a ? (b) : c => (` twice, which takes the square of the depth.
const TOO_DEEP_FOR_TYPES: usize = 500;

/// A text longer than this may hide brackets or chains of operators, and is not counted.
const LONG: usize = 8 * 1024;

const OPERATORS: &[u8] = b"!-+~.`?>";
const BRACKETS: &[u8] = b"([{";

/// By byte: an operator counts 1, an opening bracket so much that both are counted in one look at each byte.
const WEIGHTS: [u32; 256] = {
    let mut weights = [0; 256];
    let mut at = 0;
    while at < OPERATORS.len() {
        weights[OPERATORS[at] as usize] = 1;
        at += 1;
    }
    at = 0;
    while at < BRACKETS.len() {
        weights[BRACKETS[at] as usize] = 1 << 16;
        at += 1;
    }
    weights
};

/// Whether the tree may be deep: by brackets, by chains of operators, or by a length that could hide either. Every
/// script of a plan is asked, so the depth itself is counted only where there are brackets enough for it.
pub(super) fn is_deep(text: &str) -> bool {
    if text.len() > LONG {
        return true;
    }
    let (operators, brackets) = counts(text);
    operators > 4 * DEEP || brackets > DEEP && depth(text) > DEEP
}

/// Whether it is nested so deep that it is not parsed at all.
pub(super) fn is_too_deep(text: &str, is_typescript: bool) -> bool {
    depth(text) > if is_typescript { TOO_DEEP_FOR_TYPES } else { TOO_DEEP }
}

/// The operators and the opening brackets of a text that is not long.
fn counts(text: &str) -> (usize, usize) {
    let weight: u32 = text.bytes().map(|byte| WEIGHTS[usize::from(byte)]).sum();
    ((weight & 0xffff) as usize, (weight >> 16) as usize)
}

/// How deep brackets are nested, those in strings and comments included.
fn depth(text: &str) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => now += 1,
            b')' | b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_counted_in_one_look_up_to_the_longest_text() {
        for text in ["", "a(b[c{d}])", "!!-a.b?.c", &"(".repeat(LONG), &"!".repeat(LONG)] {
            let plain = |set: &[u8]| text.bytes().filter(|byte| set.contains(byte)).count();
            assert_eq!(counts(text), (plain(OPERATORS), plain(BRACKETS)));
        }
    }

    #[test]
    fn depth_and_chains_and_length_make_a_text_deep() {
        let nested = |depth: usize| format!("{}{}", "(".repeat(depth), ")".repeat(depth));
        assert!(!is_deep(&nested(DEEP)) && is_deep(&nested(DEEP + 1)));
        assert!(!is_deep(&"()".repeat(DEEP + 1)), "many brackets are not deep ones");
        assert!(!is_deep(&"!".repeat(4 * DEEP)) && is_deep(&"!".repeat(4 * DEEP + 1)));
        assert!(!is_deep(&" ".repeat(LONG)) && is_deep(&" ".repeat(LONG + 1)));
        assert!(!is_too_deep(&nested(TOO_DEEP), false) && is_too_deep(&nested(TOO_DEEP + 1), false));
        assert!(is_too_deep(&nested(TOO_DEEP_FOR_TYPES + 1), true));
    }
}
