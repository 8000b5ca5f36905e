//! Good text made wrong: bytes, words and lines are swapped, cut, doubled, nested or replaced.

/// Numbers that follow from a seed alone (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where nothing is below it.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }

    pub(crate) fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// What is put in anywhere: other types, limits, wide and odd characters, pieces of the grammars.
const PIECES: &[&str] = &[
    "0",
    "-1",
    "1.5",
    "1e308",
    "-1e-308",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1000000000",
    "0xff",
    "inf",
    "nan",
    "true",
    "false",
    "null",
    "\"\"",
    "''",
    "\"x\"",
    "[]",
    "{}",
    "[1, 2]",
    "[[]]",
    "{ a = 1 }",
    "{\"a\": 1}",
    "\"5s\"",
    "\"-5s\"",
    "\"1e9h\"",
    "\"99999999999h\"",
    "\"0s\"",
    "{ from = 1, to = 1e9, step = 1 }",
    "{ from = 0, to = 1e308, points = 1000000000 }",
    "{ from = 1, to = 1e308, factor = 1.0000001 }",
    "{ from = 1e308, to = -1e308, step = -1e-308 }",
    "{ from = \"1s\", to = \"1000000h\", step = \"1ms\" }",
    "{ glob = \"**/*\" }",
    "{ glob = \"[\" }",
    "{ built = \"batch\" }",
    "{ file = \"key.pem\", secret = true }",
    "{ label = \"a\", set = { x = 1 } }",
    "1979-05-27",
    "\u{feff}",
    "\u{1f600}",
    "e\u{301}",
    "\u{202e}",
    "\u{0}",
    "\t",
    "\r\n",
    "\r",
    "\n",
    "\\",
    "\"",
    "'",
    "\"\"\"",
    ",",
    ".",
    "=",
    ":",
    "[",
    "]",
    "{",
    "}",
    "[[",
    "]]",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "#",
    "//",
    "/*",
    "${",
    "`",
    "| json",
    "| nope",
    "{{ vars.x.y.z }}",
    "{% for a in b %}",
    "{% if x %}",
    "{% endif %}",
    "{% include \"ok.js\" %}",
    "{% include \"t.js\" %}",
    "{{ k6_opts }}",
    "{{ 1 / 0 }}",
    "{{ 'a' * 3 }}",
    "{{ 9223372036854775807 + 1 }}",
    "{{ file(path=\"../..\") }}",
    "{{ file(path=1) }}",
    "vus * 0 > -1",
    "vus / 0 > 1",
    "vus % 0 == 1",
    "p(99.9)<1",
    "rate>=",
    "max",
    "..",
    "/",
    "*",
    "?",
    "k6.scenarios.*.duration",
    "vars.a.b.c",
    "k6.",
    "env.",
    "name",
    "matrix",
    "k6",
    "test",
    "import x from './t.js';",
    "open('a');",
    "export default function () {}",
    "/(/",
    "=>",
    "await",
    "<",
    ">",
    "==",
    "!=",
    "and",
    "or",
    "not",
    "in",
    "(",
    ")",
];

/// `text` with up to five changes; some of its words come from `other`.
pub(crate) fn mutated(text: &str, other: &str, random: &mut Random) -> Vec<u8> {
    let mut text = text.to_owned();
    for _ in 0..=random.below(5) {
        text = change(&text, other, random);
        if text.len() > 200_000 {
            break;
        }
    }
    let mut bytes = text.into_bytes();
    if random.below(40) == 0 {
        let at = random.below(bytes.len() + 1);
        bytes.insert(at, u8::try_from(random.below(256)).unwrap_or(0xff));
    }
    bytes
}

fn change(text: &str, other: &str, random: &mut Random) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if text.is_empty() {
        return random.of(PIECES).to_owned();
    }
    let words = words(text);
    let (one, two) = (random.below(words.len()), random.below(words.len()));
    let with = |at: usize, new: &str| replaced(&words, at, new);
    match random.below(12) {
        0 | 1 => with(one, random.of(PIECES)),
        2 => with(one, &format!("{}{}", random.of(PIECES), words[one])),
        3 => with(one, ""),
        4 => with(one, &words[one].repeat(2)),
        5 => replaced(&words, one, words[two]),
        6 => {
            let others = self::words(other);
            with(one, others.get(random.below(others.len())).copied().unwrap_or_default())
        }
        7 => cut(text, random).to_owned(),
        8 | 9 => moved(&lines, random),
        10 => nested(words[one], random, &|new| with(one, new)),
        _ => with(one, &mistyped(words[one], random)),
    }
}

/// Runs of letters and digits, runs of blanks, and single other characters; strings fall apart into theirs.
fn words(text: &str) -> Vec<&str> {
    let kind =
        |c: char| if c.is_alphanumeric() || c == '_' { 0 } else { 1 + usize::from(!c.is_whitespace()) };
    let mut all = Vec::new();
    let mut begin = 0;
    let mut last = 2;
    for (at, character) in text.char_indices() {
        let this = kind(character);
        if at > begin && (this != last || this == 2) {
            all.push(&text[begin..at]);
            begin = at;
        }
        last = this;
    }
    all.push(&text[begin..]);
    all
}

fn replaced(words: &[&str], at: usize, new: &str) -> String {
    [&words[..at].concat(), new, &words[at + 1..].concat()].concat()
}

fn cut<'t>(text: &'t str, random: &mut Random) -> &'t str {
    let mut at = random.below(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    &text[..at]
}

/// A line elsewhere, gone, or there twice.
fn moved(lines: &[&str], random: &mut Random) -> String {
    let mut lines = lines.to_vec();
    let line = lines[random.below(lines.len())];
    let at = random.below(lines.len() + 1);
    match random.below(3) {
        0 => lines.insert(at, line),
        1 => {
            lines.remove(at.min(lines.len() - 1));
        }
        _ => {
            let other = at.min(lines.len() - 1);
            let from = random.below(lines.len());
            lines.swap(other, from);
        }
    }
    lines.concat()
}

/// Far deeper, or far longer, than anybody writes.
fn nested(word: &str, random: &mut Random, with: &dyn Fn(&str) -> String) -> String {
    let deep = [1, 70, 150, 3000, 20_000][random.below(5)];
    let (open, close) = [
        ("[", "]"),
        ("{ a = ", " }"),
        ("{\"a\": ", "}"),
        ("(", ")"),
        ("{{ ", " }}"),
        ("a.", ""),
        ("-", ""),
        ("not ", ""),
        ("{% if true %}", "{% endif %}"),
        ("x => ", ""),
        ("`${", "}`"),
        ("", "longer "),
    ][random.below(12)];
    with(&[&open.repeat(deep), word, &close.repeat(deep)].concat())
}

/// Two letters swapped, one lost, or one that is not from this alphabet.
fn mistyped(word: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = random.below(letters.len());
    match random.below(3) {
        0 if at + 1 < letters.len() => letters.swap(at, at + 1),
        1 => {
            letters.remove(at);
        }
        _ => letters.insert(at, ['é', '\u{1f600}', '\u{200b}', 'ｘ', '"'][random.below(5)]),
    }
    letters.into_iter().collect()
}
