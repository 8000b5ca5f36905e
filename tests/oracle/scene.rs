//! The world as files, and what the oracle holds of each case: its script and its inputs, made without
//! any of howitzer's own code.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::cases::Case;
use crate::world::{Axis, IDENTITY, Probe, Suite, Template, Test, World};

impl World {
    /// Every source file by path.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::from([
            ("howitzer.toml".to_owned(), self.manifest()),
            ("k6/version".to_owned(), format!("{}\n", self.k6_line())),
            ("k6_templates/parts/head.js".to_owned(), self.head_text()),
        ]);
        for suite in &self.suites {
            files.insert(format!("suites/{}.toml", suite.name), suite.text());
        }
        for (name, template) in &self.templates {
            files.insert(format!("k6_templates/{name}"), template.text());
        }
        files.extend(self.modules.keys().map(|name| self.module(name)));
        files.extend(self.payloads.iter().map(|(name, n)| (format!("payloads/{name}"), json_text(*n))));
        files.extend(self.data.iter().map(|(name, n)| (format!("data/{name}"), format!("{n}\n"))));
        for (name, target) in &self.targets {
            files.insert(format!("{IDENTITY}/{name}"), format!("{}\n", target.answer));
        }
        files
    }

    pub(crate) fn k6_line(&self) -> String {
        format!("k6 v1.1.{} (commit/fake, go1, linux/amd64)", self.k6)
    }

    pub(crate) fn class_name(&self) -> String {
        format!("class-{}", self.class)
    }

    fn manifest(&self) -> String {
        // A busy machine is no reason for doubt: the oracle knows the verdict of every run.
        let mut text = format!("# {}\n[host]\nshared = true\n", self.comment);
        for (name, target) in &self.targets {
            let _ = write!(
                text,
                "[target.{name}]\nbase_url = \"host:{}\"\nwait = \"{}s\"\n",
                target.port, target.wait
            );
            match target.probe {
                Probe::None => {}
                Probe::File => text.push_str(&format!("identity = {{ file = \"{IDENTITY}/{name}\" }}\n")),
                Probe::Command => {
                    text.push_str(&format!("identity = {{ command = [\"cat\", \"{IDENTITY}/{name}\"] }}\n"));
                }
            }
        }
        text
    }

    fn head_text(&self) -> String {
        format!("// head {}\n", self.head)
    }

    fn module(&self, name: &str) -> (String, String) {
        let imports = if name == "one" { "import { two } from './two.js';\n" } else { "" };
        let number = self.modules[name];
        (format!("k6_templates/lib/{name}.js"), format!("{imports}export const {name} = {number};\n"))
    }

    /// The bytes of a case's script.
    pub(crate) fn script(&self, suite: &Suite, case: &Case) -> String {
        let fields = &case.fields;
        let template = &self.templates[&fields.template];
        let options: serde_json::Map<String, Value> = fields.k6.iter().cloned().collect();
        let options = serde_json::to_string_pretty(&options).expect("JSON");
        let mut lines = vec![String::new()];
        if template.includes_head {
            lines.push(self.head_text());
        }
        lines.push(format!("export const options = {options};"));
        lines.extend(template.imports.iter().map(|name| import(name)));
        if template.opens_payload {
            lines.push(format!("const payload = open('../payloads/{}');", fields.payload));
        }
        if template.opens_data {
            lines.push("const data = open('../data/a.csv');".to_owned());
        }
        lines.push(format!("// note {}", template.note));
        if template.prints_base_url {
            // A test without a target says its own, which weighs more than that of a target on an axis.
            let own = suite.tests[case.test].fields.target.is_none();
            let target = fields.target.as_ref().filter(|_| !own);
            let port = target.map_or(fields.base_url, |name| self.targets[name].port);
            lines.push(format!("// base host:{port}"));
        }
        if template.prints_size {
            lines.push(format!("// size {}", fields.size));
        }
        if template.prints_case {
            lines.push(format!("// case {}", case.id));
        }
        if template.prints_title {
            lines.push(format!("// title {}", suite.title_text()));
        }
        lines.push(format!("// mode {}", fields.mode.word()));
        lines.push("export default function () {}\n".to_owned());
        lines.join("\n")
    }

    /// Every file that a case's script opens, imports or declares.
    pub(crate) fn inputs(&self, case: &Case) -> BTreeMap<String, String> {
        let template = &self.templates[&case.fields.template];
        let payload = &case.fields.payload;
        let mut inputs = BTreeMap::from([(format!("payloads/{payload}"), json_text(self.payloads[payload]))]);
        for name in &template.imports {
            inputs.extend([self.module(name)]);
            inputs.extend((name == "one").then(|| self.module("two")));
        }
        for (name, number) in &self.data {
            if case.fields.declares_data || template.opens_data && name == "a.csv" {
                inputs.insert(format!("data/{name}"), format!("{number}\n"));
            }
        }
        inputs
    }

    /// The declared environment of a case.
    pub(crate) fn environment(&self, case: &Case) -> BTreeMap<&'static str, u32> {
        let level = case.fields.level.map(|level| ("LEVEL", level));
        let region = case.fields.takes_region.then_some(("REGION", self.region));
        level.into_iter().chain(region).collect()
    }

    /// Everything that by DESIGN.md can change what one trial of a case measures, as text.
    pub(crate) fn description(&self, suite: &Suite, case: &Case, trial: u32) -> String {
        let test = &suite.tests[case.test];
        let mut all = self.load(suite, case);
        let _ = write!(all, "k6 {}\nclass {}\ntrial {trial}\n", self.k6_line(), self.class_name());
        if let Some(name) = &case.fields.target {
            let target = &self.targets[name];
            let _ = write!(all, "target {name}\n{:?} ", target.probe);
            if target.probe != Probe::None {
                let _ = writeln!(all, "{}", target.answer);
            }
        }
        if let Some(set_up) = &test.set_up {
            let commands = (set_up.apply_text(), set_up.undo_text());
            let _ = writeln!(all, "set-up {} {commands:?}", case.fields.replicas);
        }
        for warm_up in suite.warm_ups(case.test) {
            let _ = write!(all, "warm-up {}\n{}", warm_up.id, self.load(suite, &warm_up));
        }
        all
    }

    fn load(&self, suite: &Suite, case: &Case) -> String {
        let (script, inputs) = (self.script(suite, case), self.inputs(case));
        format!("script {script}\ninputs {inputs:?}\nenvironment {:?}\n", self.environment(case))
    }

    /// Whether results of a case are trusted for a day only: nothing says which build of the target answers.
    pub(crate) fn is_unidentified(&self, case: &Case) -> bool {
        case.fields.target.as_ref().is_none_or(|name| self.targets[name].probe == Probe::None)
    }
}

fn json_text(number: u32) -> String {
    format!("{{\"n\":{number}}}\n")
}

fn import(name: &str) -> String {
    format!("import {{ {name} }} from './lib/{name}.js';")
}

impl Template {
    fn text(&self) -> String {
        let mut lines = vec![format!("{{# comment {} #}}", self.comment)];
        let mut add = |wanted: bool, line: &str| lines.extend(wanted.then(|| line.to_owned()));
        add(self.includes_head, "{% include \"parts/head.js\" %}");
        add(true, "{{ k6_opts }}");
        self.imports.iter().for_each(|name| add(true, &import(name)));
        add(self.opens_payload, "const payload = open('{{ payload_path }}');");
        add(self.opens_data, "const data = open('{{ file(path=\"data/a.csv\") }}');");
        add(true, &format!("// note {}", self.note));
        add(self.prints_base_url, "// base {{ base_url }}");
        add(self.prints_size, "// size {{ vars.size }}");
        add(self.prints_case, "// case {{ case.id }}");
        add(self.prints_title, "// title {{ suite.title }}");
        add(true, "// mode {{ vars.mode }}\nexport default function () {}\n");
        lines.join("\n")
    }
}

impl crate::world::SetUp {
    fn apply_text(&self) -> String {
        format!("echo {{{{ value }}}} > state/replicas # {}", self.apply)
    }

    fn undo_text(&self) -> String {
        format!("echo 0 > state/replicas # {}", self.undo)
    }
}

impl Suite {
    pub(crate) fn title_text(&self) -> String {
        format!("Title {}", self.title)
    }

    fn text(&self) -> String {
        let mut text = format!(
            "# comment {}\n[suite]\ntitle = \"{}\"\ndescription = \"d{}\"\n",
            self.comment,
            self.title_text(),
            self.description
        );
        if let Some(age) = self.max_age {
            let _ = writeln!(text, "max_age = \"{}\"", age.word());
        }
        let _ = write!(text, "\n[defaults]\nk6 = {}\n", table(&self.defaults));
        for test in &self.tests {
            text.push_str(&test.text());
        }
        text
    }
}

fn table(entries: &[(String, Value)]) -> String {
    let entries: Vec<String> = entries.iter().map(|(name, value)| format!("\"{name}\" = {value}")).collect();
    format!("{{ {} }}", entries.join(", "))
}

impl Test {
    fn text(&self) -> String {
        let fields = &self.fields;
        let mut text = format!(
            "\n[[test]] # {}\nname = \"{}\"\ndescription = \"d{}\"\ntemplate = \"{}\"\npayload = \"{}\"\nk6 = {}\n\
             vars = {{ size = {}, mode = \"{}\" }}\n",
            self.comment,
            self.name,
            self.description,
            fields.template,
            fields.payload,
            table(&fields.k6),
            fields.size,
            fields.mode.word()
        );
        let mut line = |line: String| text.push_str(&format!("{line}\n"));
        if self.is_warm_up {
            line("role = \"warmup\"".to_owned());
        }
        if !self.after.is_empty() {
            line(format!("after = {:?}", self.after));
        }
        match &fields.target {
            Some(name) => line(format!("target = \"{name}\"")),
            None => line(format!("base_url = \"host:{}\"", fields.base_url)),
        }
        let level = fields.level.map(|level| format!("LEVEL = {level}"));
        let region = fields.takes_region.then(|| "REGION = { from = \"ORACLE_REGION\" }".to_owned());
        let environment: Vec<String> = level.into_iter().chain(region).collect();
        line(format!("env = {{ {} }}", environment.join(", ")));
        if fields.declares_data {
            line("inputs = [\"data/*.csv\"]".to_owned());
        }
        if self.repeat > 1 {
            line(format!("repeat = {}", self.repeat));
        }
        if self.cooldown {
            line("cooldown = \"5ms\"".to_owned());
        }
        if let Some(seconds) = self.timeout {
            line(format!("timeout = \"{seconds}s\""));
        }
        if let Some(age) = self.max_age {
            line(format!("max_age = \"{}\"", age.word()));
        }
        if self.allows_invalid {
            line("allow_invalid = true".to_owned());
        }
        if let Some(holds) = self.expects {
            let bound = if holds { "above" } else { "below" };
            line(format!("expect = {{ \"iterations.count\" = {{ {bound} = 1 }} }}"));
        }
        if !self.axes.is_empty() {
            line("[test.matrix]".to_owned());
            self.axes.iter().for_each(|axis| line(axis.text()));
        }
        if let Some(set_up) = &self.set_up {
            line(format!(
                "[[test.setup]]\naxis = \"replicas\"\napply = [\"sh\", \"-c\", {:?}]\nundo = [\"sh\", \"-c\", {:?}]",
                set_up.apply_text(),
                set_up.undo_text()
            ));
        }
        text
    }
}

impl Axis {
    fn text(&self) -> String {
        let value = |(label, sets): &(String, Vec<(String, Value)>)| {
            if self.is_labelled() {
                format!("{{ label = \"{label}\", set = {} }}", table(sets))
            } else {
                sets[0].1.to_string()
            }
        };
        let values: Vec<String> = self.values.iter().map(value).collect();
        format!("\"{}\" = [{}]", self.name, values.join(", "))
    }
}
