//! The commands of set-ups, rendered once for every value of their axis.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tera::{Context, Delimiters, Tera, Value};

use crate::base::engine_words::EngineWords;
use crate::base::excerpt::Excerpt;
use crate::base::mistake::Mistakes;
use crate::expand::Case;
use crate::manifest::EnvironmentValue;
use crate::suite::{AxisValue, SetUp, Suite, Test};

/// What is done for one value of a set-up's axis, and how it is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUpCommands {
    /// The axis.
    pub axis: String,
    /// The label of the value.
    pub value: String,
    /// The program and its arguments.
    pub apply: Vec<String>,
    /// The same for undoing; empty where nothing undoes it.
    pub undo: Vec<String>,
    /// Declared variables of both.
    pub environment: BTreeMap<String, EnvironmentValue>,
    /// The longest that either may take.
    pub timeout: Duration,
}

/// The commands of a suite's set-ups.
#[derive(Debug, Default)]
pub struct SetUps {
    /// By test, then set-up: the place of its axis among the test's, and the commands by value.
    tests: Vec<Vec<(usize, Vec<SetUpCommands>)>>,
}

impl SetUps {
    /// Renders the words of every set-up. An unknown name in one is a mistake.
    pub fn render(suite: &Suite) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let mut tests = Vec::with_capacity(suite.tests.len());
        for test in &suite.tests {
            let set_ups = test.set_ups.iter().zip(test.set_up_axes());
            let read = set_ups.filter_map(|(set_up, axis)| mistakes.collect(of_axis(test, set_up, axis)));
            tests.push(read.collect());
        }
        mistakes.or(Self { tests })
    }

    /// What is to be applied for `case`, the outermost first.
    pub fn of<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = &'a SetUpCommands> {
        let set_ups = self.tests.get(case.test).into_iter().flatten();
        set_ups.filter_map(|(axis, commands)| commands.get(case.choice(*axis)))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &SetUpCommands> {
        self.tests.iter().flatten().flat_map(|(_, commands)| commands)
    }
}

fn of_axis(test: &Test, set_up: &SetUp, axis: usize) -> Result<(usize, Vec<SetUpCommands>), Mistakes> {
    // The same word is wrong for every value: the first value tells it.
    let commands = test.axes[axis].values.iter().map(|value| of_value(set_up, value));
    Ok((axis, commands.collect::<Result<_, _>>()?))
}

fn of_value(set_up: &SetUp, value: &AxisValue) -> Result<SetUpCommands, Mistakes> {
    let mut context = Context::new();
    context.insert_value("value", Value::from_serializable(&value.plain));
    context.insert_value("label", Value::normal_string(&value.label));
    let mut mistakes = Mistakes::default();
    let mut words = |words: &[Excerpt]| -> Vec<String> {
        words.iter().filter_map(|word| mistakes.collect(render(word, &context))).collect()
    };
    let commands = SetUpCommands {
        axis: set_up.axis.clone(),
        value: value.label.clone(),
        apply: words(&set_up.apply),
        undo: words(&set_up.undo),
        environment: set_up.environment.clone(),
        timeout: set_up.timeout,
    };
    mistakes.or(commands)
}

fn render(word: &Excerpt, context: &Context) -> Result<String, Mistakes> {
    let mut tera = Tera::new();
    // No comments: `{#` stands in `${#name}` of a shell, and a control character in no command.
    let no_comments =
        Delimiters { comment_start: "\u{1}#".into(), comment_end: "#\u{1}".into(), ..Delimiters::default() };
    let rendered =
        tera.set_delimiters(no_comments).and_then(|()| tera.render_str(&word.text, context, false));
    rendered.map_err(|error| {
        let words = EngineWords {
            label: Some("in a word of a set-up".to_owned()),
            names: vec!["value", "label"],
            quoted: Some(&word.text),
            ..EngineWords::default()
        };
        words.mistakes(&error, |_| Some(word.clone()))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::source::{Place, Source};

    fn rendered(text: &str, value: impl Into<serde_json::Value>) -> Result<String, String> {
        let place = Place {
            source: Arc::new(Source { path: "x.toml".into(), text: text.into() }),
            range: 0..text.len(),
        };
        let word = Excerpt { text: text.into(), place };
        let mut context = Context::new();
        context.insert_value("value", Value::from_serializable(&value.into()));
        context.insert_value("label", Value::normal_string("four"));
        render(&word, &context).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn words_see_value_and_label_unescaped_and_nothing_else() {
        assert_eq!(rendered("--replicas={{ value }}", 4).as_deref(), Ok("--replicas=4"));
        assert_eq!(rendered("{{ value * 2 }}", 4).as_deref(), Ok("8"));
        assert_eq!(rendered("{{ value }} {{ label }}", "<a & 'b'>").as_deref(), Ok("<a & 'b'> four"));
        assert_eq!(
            rendered(r#"{"spec":{"replicas":{{ value }}}}"#, 4).as_deref(),
            Ok(r#"{"spec":{"replicas":4}}"#)
        );
        let mistake = rendered("{{ valeu }}", 4).expect_err("an unknown name");
        assert!(mistake.contains("x.toml:1:4") && mistake.contains("did you mean `value`?"), "{mistake}");
        assert_eq!(rendered("echo ${#NAME}", 4).as_deref(), Ok("echo ${#NAME}"));
        assert!(rendered("{{ value", 4).is_err());
    }
}
