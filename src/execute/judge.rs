//! Before any load: k6 itself says once a script shape whether all that a script opens is known.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::event::Sink;
use super::session::Session;
use super::waiting::Waiting;
use super::{ExecuteError, secrets, stage};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::preimage::Preimage;
use crate::k6::{Judgement, K6Error, Standing, judge_archive};
use crate::render::InputKind;

/// Judges the shapes of `cases` that k6 has not judged before; returns the cases that it refuses, and why.
pub(super) fn judge_shapes(
    session: &Session<'_>,
    cases: BTreeSet<usize>,
    sink: &mut Sink<'_>,
) -> Result<(BTreeSet<usize>, Mistakes), ExecuteError> {
    let mut by_shape: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for case in cases {
        by_shape.entry(shape(session, case)).or_default().push(case);
    }
    let name = |shape: &str| format!("judged/{shape}");
    by_shape.retain(|shape, _| !session.store.stat_path(&name(shape)).is_file());
    let (mut refused, mut mistakes) = (BTreeSet::new(), Mistakes::default());
    let (of, mut waiting) = (by_shape.len(), Waiting::new("k6 to look at the scripts", None));
    for (place, (shape, cases)) in by_shape.into_iter().enumerate() {
        waiting.look(sink, || format!("{place} of {of}"));
        match judge(session, cases[0])? {
            None => session.store.write_stat(&name(&shape), b"complete\n")?,
            Some(mistake) => {
                mistakes.push(mistake);
                refused.extend(cases);
            }
        }
    }
    Ok((refused, mistakes))
}

/// Two scripts have one shape if they come from the same templates, open the same files and set the
/// same options; values may differ, unless a path is computed.
fn shape(session: &Session<'_>, case: usize) -> String {
    let rendered = &session.compiled.rendered[case].shape;
    let mut shape = Preimage::default();
    for part in session.k6.identity() {
        shape.push("k6", part);
    }
    for (name, digest) in rendered.templates.iter() {
        shape.push(format!("template {name}"), digest.to_string());
    }
    for (path, input) in &rendered.inputs {
        // A module's text decides what else is opened; a payload's does not.
        let digest = if matches!(input.kind, InputKind::Script | InputKind::Module) {
            input.digest.to_string()
        } else {
            String::new()
        };
        shape.push(format!("input {path}"), digest);
    }
    for (name, value) in &session.compiled.options(case) {
        shape.push("option", name.as_str());
        // A wrapper refuses what its script does not have: the scenario that is changed, what is taken out.
        if rendered.untouched().is_some() {
            shape.push("entries", names_below(value));
        }
    }
    if rendered.untouched().is_some() && !rendered.environment_reads.is_empty() {
        // Its options may hang on them, and with them whether the wrapper refuses it.
        write_environment(session, case, &mut shape);
    }
    if rendered.is_computed {
        write_values(session, case, &mut shape);
    }
    shape.digest().to_string()
}

/// The names in an option's value, as deep as they go; other values count only by whether they are `false`.
fn names_below(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            table.iter().map(|(name, value)| format!("{name:?}{{{}}}", names_below(value))).collect()
        }
        Value::Bool(false) | Value::Null => "false".to_owned(),
        _ => String::new(),
    }
}

/// Where a path is computed, every value may lead to another file.
fn write_values(session: &Session<'_>, case: usize, shape: &mut Preimage) {
    let rendered = &session.compiled.rendered[case];
    shape.push("script", rendered.digest.to_string());
    for (path, input) in &rendered.shape.inputs {
        let is_secret = rendered.shape.secrets.contains_key(path);
        let digest = if is_secret { (session.keyed)(&input.digest) } else { input.digest };
        shape.push(format!("bytes {path}"), digest.to_string());
    }
    write_environment(session, case, shape);
}

fn write_environment(session: &Session<'_>, case: usize, shape: &mut Preimage) {
    for (name, value) in session.compiled.environment(case) {
        shape.push(format!("environment {name}"), (session.shown_environment)(name, value));
    }
}

fn judge(session: &Session<'_>, case: usize) -> Result<Option<Mistake>, ExecuteError> {
    let shape = &session.compiled.rendered[case].shape;
    let script = session.compiled.script(case)?;
    let id = &session.compiled.cases[case].id;
    let around = session.store.scratch("judge")?;
    let staged = stage::stage(&session.surroundings.root, around, shape, &script)?;
    let declared = session.compiled.environment(case);
    let environment = &session.surroundings.environment;
    let variables = secrets::resolve(declared, environment)?;
    let output = staged.around.join("archive.tar");
    let (folder, script) = (&staged.files.folder, &staged.files.script);
    let standing = Standing { root: &staged.tree, folder, script };
    let supervision = &session.surroundings.supervision;
    // What one k6 says of a script must not be kept as another one's word.
    session.k6.look_again(environment, supervision)?;
    let judged = judge_archive(&session.k6.path, &standing, &output, &variables, environment, supervision);
    session.store.discard(&staged.around);
    match judged {
        Ok(Judgement::Complete) => Ok(None),
        Ok(Judgement::Missing(path)) => {
            let exists = session.surroundings.root.join(&path).is_file();
            let mistake = Mistake::new(format!(
                "the script of `{id}` opens `{path}`, which is not among its known inputs"
            ));
            let hint = if exists {
                format!("its path is computed; declare it in the test: inputs = [\"{path}\"]")
            } else {
                format!("there is no `{path}` in the workspace")
            };
            Ok(Some(mistake.hint(hint)))
        }
        Ok(Judgement::Remote(urls)) => {
            let known = |url: &String| {
                shape.inputs.keys().any(|input| input.split_once("://").is_some_and(|(_, rest)| rest == url))
            };
            let Some(url) = urls.iter().find(|url| !known(url)) else { return Ok(None) };
            let mistake = Mistake::new(format!(
                "the script of `{id}` imports `{url}`, which is fetched from elsewhere by a computed address"
            ));
            Ok(Some(mistake.hint("put a copy into the workspace, or import it by a literal address")))
        }
        Ok(Judgement::Outside(path)) => {
            let mistake = Mistake::new(format!(
                "the script of `{id}` opens `{path}`, which lies outside the workspace"
            ));
            Ok(Some(mistake.hint("copy it into the workspace and open it by a relative path")))
        }
        Err(K6Error::Refused(message)) => {
            let address = session.address(case);
            let root = &session.surroundings.root;
            let mask = secrets::mask(declared, environment, root, shape, address.as_deref(), &[])?;
            let message = mask.text(&message).into_owned();
            let shown = message.replace(&*staged.tree.to_string_lossy(), "");
            Ok(Some(Mistake::new(format!("k6 refuses the script of `{id}`: {shown}"))))
        }
        Err(K6Error::Unjudged(why)) => {
            Err(K6Error::Unjudged(format!("for the script of `{id}` {why}")).into())
        }
        Err(error) => Err(error.into()),
    }
}
