//! The template engine (tera) with everything printed escaped for JavaScript, `json`, `js` and `file()`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};

use tera::{Context, Kwargs, State, Tera, Value};

use super::facets::CaseFacets;
use super::{RenderError, javascript, legacy, options, paths};
use crate::base::mistake::Mistake;
use crate::manifest::Delimiters;
use crate::suite::Rendering;

thread_local! {
    /// Where the script stands that is being rendered on this thread, for `file()`: a variable of the
    /// context would be offered to people.
    static FOLDER: RefCell<String> = const { RefCell::new(String::new()) };
    /// The expressions among the strings of `options`, which are printed as they are.
    static EXPRESSIONS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// The paths that `file()` was asked for during the rendering that runs on this thread.
    static DECLARED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Renders one template for one case; returns the script and the paths that `file()` declared.
pub(super) fn print(
    tera: &Tera,
    template: &str,
    facets: &CaseFacets,
    context: &Context,
) -> tera::TeraResult<(String, BTreeSet<String>)> {
    DECLARED.with_borrow_mut(BTreeSet::clear);
    FOLDER.set(facets.rest.place.folder.clone());
    EXPRESSIONS.set(facets.options.expressions.clone());
    let script = tera.render(template, context)?;
    Ok((script, DECLARED.with_borrow_mut(std::mem::take)))
}

/// tera with everything printed escaped for JavaScript, `json`, `js` and `file()`.
pub(super) fn engine(delimiters: &Delimiters, rendering: Rendering) -> Result<Tera, RenderError> {
    let mut tera = Tera::new();
    let [block_start, block_end] = delimiters.block.clone().map(Into::into);
    let [variable_start, variable_end] = delimiters.variable.clone().map(Into::into);
    let [comment_start, comment_end] = delimiters.comment.clone().map(Into::into);
    tera.set_delimiters(tera::Delimiters {
        block_start,
        block_end,
        variable_start,
        variable_end,
        comment_start,
        comment_end,
    })
    .map_err(|error| Mistake::new(error.to_string()))?;
    // Every name ends with nothing: all templates escape.
    tera.autoescape_on([""]);
    match rendering {
        Rendering::Own => tera.set_escape_fn(escape),
        Rendering::Ancestor => {
            tera.set_escape_fn(escape_as_ancestor);
            tera.register_filter("tojson", |value: &Value, _: Kwargs, _: &State| json_literal(value));
        }
    }
    tera.register_filter("json", |value: &Value, _: Kwargs, _: &State| json_literal(value));
    tera.register_filter("js", |value: &Value, _: Kwargs, state: &State| -> tera::TeraResult<Value> {
        Ok(Value::safe_string(&state.escape(&value.to_string())?))
    });
    tera.register_function("file", declare_file);
    Ok(tera)
}

/// Escaped, unless it is an expression of the options.
fn escape(text: &str, output: &mut dyn Write) -> io::Result<()> {
    if is_expression(text) { output.write_all(text.as_bytes()) } else { javascript::escape(text, output) }
}

/// The same in the ancestor's way.
fn escape_as_ancestor(text: &str, output: &mut dyn Write) -> io::Result<()> {
    if is_expression(text) { output.write_all(text.as_bytes()) } else { legacy::escape(text, output) }
}

fn is_expression(text: &str) -> bool {
    EXPRESSIONS.with_borrow(|all| all.iter().any(|expression| expression == text))
}

fn json_literal(value: &Value) -> tera::TeraResult<Value> {
    let json = serde_json::to_value(value).map_err(|error| tera::Error::message(error.to_string()))?;
    let text = javascript::literal(&json);
    Ok(Value::safe_string(&EXPRESSIONS.with_borrow(|all| options::unquoted(text, all))))
}

/// `file(path="data/a.csv")`: declares an input by its path in the workspace, and prints the path that
/// leads there from the script.
#[allow(clippy::needless_pass_by_value, reason = "the signature of tera's functions")]
fn declare_file(arguments: Kwargs, _: &State) -> tera::TeraResult<Value> {
    let path = arguments.must_get::<&str>("path")?;
    let inside = paths::join("", path)
        .ok_or_else(|| tera::Error::message(format!("`{path}` is no path inside the workspace")))?;
    DECLARED.with_borrow_mut(|declared| declared.insert(inside.clone()));
    Ok(Value::from(FOLDER.with_borrow(|folder| paths::relative(folder, &inside))))
}
