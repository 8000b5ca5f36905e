//! From a script's text to its syntax tree (oxc), also where the text is made to be hard on a parser.

use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::guesses;
use super::nesting::{is_deep, is_too_deep};

/// A syntax error: its message and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// What the parser says.
    pub message: String,
    /// Where, in bytes.
    pub range: Range<usize>,
}

/// What `read` makes of the tree of a module; `name` decides between JavaScript and TypeScript.
pub(super) fn with_program<T: Send>(
    name: &str,
    text: &str,
    read: impl FnOnce(&Program<'_>) -> T + Send,
) -> Result<T, SyntaxError> {
    let kind = source_type(name);
    // Only types make the parser guess.
    if kind.is_typescript()
        && let Some(range) = guesses::too_many(text)
    {
        return Err(SyntaxError { message: TOO_DEEP.into(), range });
    }
    if is_deep(text) {
        return parse_deep(kind, text, read);
    }
    // One arena a thread: making and growing one costs more than parsing a script.
    ARENA.with_borrow_mut(|allocator| {
        allocator.reset();
        parse_in(allocator, kind, text, read)
    })
}

const TOO_DEEP: &str = "it is nested too deeply";

/// The stack of a thread that parses what is deep.
const DEEP_STACK: usize = 1 << 30;

fn parse_deep<T: Send>(
    kind: SourceType,
    text: &str,
    read: impl FnOnce(&Program<'_>) -> T + Send,
) -> Result<T, SyntaxError> {
    let refused = || SyntaxError { message: TOO_DEEP.into(), range: 0..0 };
    if is_too_deep(text, kind.is_typescript()) {
        return Err(refused());
    }
    std::thread::scope(|scope| {
        let parse = || parse_in(&Allocator::default(), kind, text, read);
        let thread = std::thread::Builder::new().stack_size(DEEP_STACK).spawn_scoped(scope, parse);
        thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(|| Err(refused()))
    })
}

thread_local! {
    static ARENA: RefCell<Allocator> = RefCell::default();
}

fn source_type(name: &str) -> SourceType {
    let typescript = Path::new(name).extension().is_some_and(|ending| ending == "ts");
    if typescript { SourceType::ts() } else { SourceType::mjs() }
}

fn parse_in<T>(
    allocator: &Allocator,
    kind: SourceType,
    text: &str,
    read: impl FnOnce(&Program<'_>) -> T,
) -> Result<T, SyntaxError> {
    let parsed = Parser::new(allocator, text, kind).parse();
    if let Some(error) = parsed.diagnostics.first() {
        let label = error.labels.first();
        let range =
            label.map_or(0..0, |label| label.offset() as usize..(label.offset() + label.len()) as usize);
        return Err(SyntaxError { message: error.message.to_string(), range });
    }
    Ok(read(&parsed.program))
}
