//! Tests made up by chance: axes of several kinds, and rules about them, as data and as TOML.

use serde_json::{Value, json};

use crate::random::Random;

/// A test as data.
pub(crate) struct Test {
    pub(crate) axes: Vec<Axis>,
    /// Two axes in lockstep.
    pub(crate) zip: Option<(usize, usize)>,
    pub(crate) excludes: Vec<Condition>,
    pub(crate) patches: Vec<(Condition, Vec<Set>)>,
    pub(crate) includes: Vec<(Vec<AxisValue>, Vec<Set>)>,
    pub(crate) has_id: bool,
}

pub(crate) struct Axis {
    pub(crate) name: &'static str,
    pub(crate) short: &'static str,
    pub(crate) values: Vec<AxisValue>,
}

#[derive(Clone, PartialEq)]
pub(crate) struct AxisValue {
    /// As TOML.
    pub(crate) written: String,
    pub(crate) label: String,
    /// For comparisons: a number, or seconds.
    pub(crate) size: Option<f64>,
    pub(crate) sets: Vec<Set>,
}

/// Where in what a script sees, and what. The first is `options`, `vars` or `base_url`.
pub(crate) type Set = (&'static str, &'static str, Value);

#[derive(Default)]
pub(crate) struct Condition {
    pub(crate) axes: Vec<(usize, Meant)>,
    /// The product of two axes must be greater.
    pub(crate) product: Option<(usize, usize, f64)>,
}

pub(crate) enum Meant {
    /// By label.
    Any(Vec<String>),
    /// All but this one.
    Not(String),
    /// `ge`, `gt`, `le` or `lt`, and the value compared with.
    Compared(&'static str, AxisValue),
}

const POOL: [(&str, &str); 6] = [
    ("vus", "vus"),
    ("k6.rps", "rps"),
    ("vars.a", "a"),
    ("vars.b", "b"),
    ("duration", "duration"),
    ("model", "model"),
];

/// One value of an axis; numbers below 6 are in the matrix, the others are for includes.
fn value(axis: &str, number: usize) -> AxisValue {
    let whole = |sets: Set| AxisValue {
        written: number.to_string(),
        label: number.to_string(),
        size: Some(number as f64),
        sets: vec![sets],
    };
    let text = |label: &str, sets: Set| AxisValue {
        written: format!("\"{label}\""),
        label: label.to_owned(),
        size: None,
        sets: vec![sets],
    };
    match axis {
        "vus" => whole(("options", "vus", json!(number + 1))).counted_from_one(number),
        "k6.rps" => whole(("options", "rps", json!(number + 1))).counted_from_one(number),
        "vars.a" => whole(("vars", "a", json!(number))),
        "vars.b" => {
            let label = ["x", "y", "z", "u", "v", "w", "t", "s"][number];
            text(label, ("vars", "b", json!(label)))
        }
        "duration" => {
            let (label, seconds) = [
                ("1s", 1),
                ("90s", 90),
                ("2m", 120),
                ("1h", 3600),
                ("1500ms", 1),
                ("4s", 4),
                ("5m", 300),
                ("7s", 7),
            ][number];
            let seconds = if label == "1500ms" { 1.5 } else { f64::from(seconds) };
            AxisValue { size: Some(seconds), ..text(label, ("options", "duration", json!(label))) }
        }
        _ => {
            let (label, url) = (format!("m{number}"), format!("http://m{number}"));
            let mut sets = vec![("vars", "m", json!(label))];
            let mut written = format!("{{ label = \"{label}\", set = {{ \"vars.m\" = \"{label}\"");
            if number.is_multiple_of(2) {
                written.push_str(&format!(", base_url = \"{url}\""));
                sets.push(("base_url", "", json!(url)));
            }
            written.push_str(" } }");
            AxisValue { written, label, size: None, sets }
        }
    }
}

impl AxisValue {
    fn counted_from_one(mut self, number: usize) -> Self {
        self.written = (number + 1).to_string();
        self.label.clone_from(&self.written);
        self.size = Some((number + 1) as f64);
        self
    }
}

pub(crate) fn test(random: &mut Random) -> Test {
    let mut pool = POOL.to_vec();
    let mut axes = Vec::new();
    for _ in 0..=random.below(4) {
        let (name, short) = pool.remove(random.below(pool.len()));
        let mut numbers: Vec<usize> = (0..6).collect();
        let count = 1 + random.below(4);
        let values = (0..count).map(|_| value(name, numbers.remove(random.below(numbers.len())))).collect();
        axes.push(Axis { name, short, values });
    }
    let pairs: Vec<(usize, usize)> = (0..axes.len())
        .flat_map(|one| (0..axes.len()).map(move |other| (one, other)))
        .filter(|(one, other)| one != other && axes[*one].values.len() == axes[*other].values.len())
        .collect();
    let zip = (!pairs.is_empty() && random.once_in(2)).then(|| *random.of(&pairs));
    let excludes = (0..random.below(3)).map(|_| condition(random, &axes)).collect();
    let patches = (0..random.below(3)).map(|number| (condition(random, &axes), sets(random, number)));
    let patches = patches.collect();
    let includes = (0..random.below(3)).map(|_| include(random, &axes)).collect();
    Test { zip, excludes, patches, includes, has_id: random.once_in(4), axes }
}

fn condition(random: &mut Random, axes: &[Axis]) -> Condition {
    let mut condition = Condition::default();
    let numeric: Vec<usize> =
        (0..axes.len()).filter(|axis| ["vus", "rps", "a"].contains(&axes[*axis].short)).collect();
    if numeric.len() > 1 && random.once_in(3) {
        let limit = [2.0, 6.0, 12.0][random.below(3)];
        condition.product = Some((numeric[0], numeric[1], limit));
    }
    let first = random.below(axes.len());
    for axis in [first, (first + 1) % axes.len()].iter().take(1 + random.below(2)) {
        if condition.axes.iter().all(|(known, _)| known != axis) {
            condition.axes.push((*axis, meant(random, &axes[*axis])));
        }
    }
    condition
}

fn meant(random: &mut Random, axis: &Axis) -> Meant {
    let one = random.of(&axis.values).clone();
    match random.below(4) {
        0 if one.size.is_some() => Meant::Compared(["ge", "gt", "le", "lt"][random.below(4)], one),
        1 => Meant::Any(vec![one.label, random.of(&axis.values).label.clone()]),
        2 => Meant::Not(one.label),
        _ => Meant::Any(vec![one.label]),
    }
}

fn sets(random: &mut Random, number: usize) -> Vec<Set> {
    let all: [Set; 4] = [
        ("vars", "p", json!(number)),
        ("options", "userAgent", json!(format!("agent {number}"))),
        ("base_url", "", json!(format!("http://p{number}"))),
        ("vars", "m", json!("patched")),
    ];
    let first = random.below(4);
    vec![all[first].clone(), all[(first + 1 + random.below(3)) % 4].clone()]
}

fn include(random: &mut Random, axes: &[Axis]) -> (Vec<AxisValue>, Vec<Set>) {
    let values = axes.iter().map(|axis| {
        if random.once_in(2) {
            random.of(&axis.values).clone()
        } else {
            value(axis.name, 6 + random.below(2))
        }
    });
    let values = values.collect();
    let sets = if random.once_in(2) { vec![("vars", "i", json!([1, 2]))] } else { Vec::new() };
    (values, sets)
}

impl Test {
    /// The test as a suite file. Axes go by their short names in every second rule.
    pub(crate) fn written(&self) -> String {
        let mut text =
            "[defaults]\ntemplate = \"seen.js\"\nbase_url = \"http://base\"\nvars = { base = 1 }\n\
                        [[test]]\nname = \"t\"\n"
                .to_owned();
        if self.axes.iter().all(|axis| axis.name != "duration") {
            text.push_str("k6 = { duration = \"5s\" }\n");
        }
        if self.has_id {
            let names: Vec<String> =
                self.axes.iter().map(|axis| format!("{{{{ {} }}}}", axis.short)).collect();
            text.push_str(&format!("id = \"{{{{ test }}}}.{}\"\n", names.join(".")));
        }
        text.push_str("[test.matrix]\n");
        for axis in &self.axes {
            let values: Vec<&str> = axis.values.iter().map(|value| value.written.as_str()).collect();
            text.push_str(&format!("\"{}\" = [{}]\n", axis.name, values.join(", ")));
        }
        if let Some((one, other)) = self.zip {
            let names = (self.axes[one].short, self.axes[other].name);
            text.push_str(&format!("[test.sweep]\nzip = [[\"{}\", \"{}\"]]\n", names.0, names.1));
        }
        for exclude in &self.excludes {
            text.push_str(&format!("[[test.exclude]]\n{}{}", self.lines(exclude, "\n"), self.when(exclude)));
        }
        for (condition, sets) in &self.patches {
            let lines = self.lines(condition, ", ");
            let lines = lines.trim_end_matches(", ");
            text.push_str(&format!("[[test.patch]]\nmatch = {{ {lines} }}\n{}", self.when(condition)));
            text.push_str(&format!("set = {{ {} }}\n", set_lines(sets)));
        }
        for (values, sets) in &self.includes {
            text.push_str("[[test.include]]\n");
            for (axis, value) in self.axes.iter().zip(values) {
                let known = axis.values.contains(value);
                let written = if known { format!("\"{}\"", value.label) } else { value.written.clone() };
                let written = if axis.short == "model" { written } else { value.written.clone() };
                text.push_str(&format!("{} = {written}\n", axis.short));
            }
            if !sets.is_empty() {
                text.push_str(&format!("set = {{ {} }}\n", set_lines(sets)));
            }
        }
        text
    }

    fn lines(&self, condition: &Condition, gap: &str) -> String {
        let line = |(axis, meant): &(usize, Meant)| {
            let axis = &self.axes[*axis];
            let quoted = |label: &String| {
                let value = axis.values.iter().find(|value| value.label == *label).expect("of the axis");
                if axis.short == "model" { format!("\"{label}\"") } else { value.written.clone() }
            };
            let meant = match meant {
                Meant::Any(labels) if labels.len() == 1 => quoted(&labels[0]),
                Meant::Any(labels) => {
                    format!("[{}]", labels.iter().map(quoted).collect::<Vec<_>>().join(", "))
                }
                Meant::Not(label) => format!("{{ ne = {} }}", quoted(label)),
                Meant::Compared(how, value) => format!("{{ {how} = {} }}", value.written),
            };
            format!("\"{}\" = {meant}{gap}", if gap == "\n" { axis.name } else { axis.short })
        };
        condition.axes.iter().map(line).collect()
    }

    fn when(&self, condition: &Condition) -> String {
        condition.product.map_or_else(String::new, |(one, other, limit)| {
            format!("when = \"{} * {} > {limit}\"\n", self.axes[one].short, self.axes[other].name)
        })
    }
}

fn set_lines(sets: &[Set]) -> String {
    let name = |(root, name, _): &Set| match *root {
        "options" => format!("\"k6.{name}\""),
        "vars" => format!("\"vars.{name}\""),
        root => root.to_owned(),
    };
    let lines: Vec<String> = sets.iter().map(|set| format!("{} = {}", name(set), set.2)).collect();
    lines.join(", ")
}
