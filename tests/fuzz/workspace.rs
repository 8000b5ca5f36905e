//! A workspace that is read in this process, as `list` and `render` read it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use howitzer::base::mistake::{Mistake, Mistakes};
use howitzer::expand::{Case, Filter, Selection, expand};
use howitzer::graph::Graph;
use howitzer::manifest::{ManifestError, open};
use howitzer::render::{RenderError, Renderer, SetUps};
use howitzer::suite::{Chosen, Overrides, SuiteError, read, resolve};

/// What was typed beside a suite's name.
#[derive(Debug, Default, Clone)]
pub(crate) struct Typed {
    pub axes: Vec<String>,
    pub sets: Vec<String>,
    pub conditions: Vec<String>,
    pub selectors: Vec<String>,
}

/// What came of reading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The ids of its cases.
    Accepted(Vec<String>),
    /// What was said.
    Refused(String),
}

/// What was wrong with reading itself.
pub(crate) type Finding = String;

/// A folder that outlives a crash: what was read last can be looked at.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("an old folder goes");
        }
        let this = Self(folder);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        this.write("howitzer.toml", crate::seeds::MANIFEST.as_bytes());
        this.write("k6_templates/ok.js", b"{{ k6_opts }}\nexport default function () {}\n");
        this.write("k6_templates/t.js", crate::seeds::TEMPLATES[0].as_bytes());
        this.write("k6_templates/m.js", b"export const one = 1;\n");
        this.write("k6_templates/part.js", b"const part = {{ vars.x | default(value=1) | json }};\n");
        let proto = fs::read(repository.join("k6_templates/grpc/open_inference.proto")).expect("a proto");
        this.write("k6_templates/a.proto", &proto);
        for payload in ["digits-1.json", "digits-64.json"] {
            let bytes = fs::read(repository.join("payloads").join(payload)).expect("a payload");
            this.write(&format!("payloads/{payload}"), &bytes);
        }
        this
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, bytes).expect("file");
    }

    /// Reads the suite `x` with every property checked.
    pub(crate) fn examined(&self, suite: &str, typed: &Typed) -> Result<Outcome, Finding> {
        let once = || catch_unwind(AssertUnwindSafe(|| self.read(suite, typed)));
        let outcome = once().map_err(|_| "a panic".to_owned())??;
        if matches!(outcome, Outcome::Accepted(_)) {
            let again = once().map_err(|_| "a panic".to_owned())??;
            if again != outcome {
                return Err(format!("read twice, it is two things: {outcome:?}, then {again:?}"));
            }
        }
        Ok(outcome)
    }

    fn read(&self, suite: &str, typed: &Typed) -> Result<Outcome, Finding> {
        match self.accepted(suite, typed) {
            Ok(ids) => Ok(Outcome::Accepted(ids)),
            Err(Refusal::Mistakes(mistakes)) => {
                mistakes.iter().try_for_each(check)?;
                Ok(Outcome::Refused(mistakes.to_string()))
            }
            Err(Refusal::Other(said)) => check_words(&said).map(|()| Outcome::Refused(said)),
        }
    }

    fn accepted(&self, suite: &str, typed: &Typed) -> Result<Vec<String>, Refusal> {
        let workspace = Arc::new(open(&self.0)?);
        let chosen = Chosen { profiles: &[], axes: &typed.axes, sets: &typed.sets };
        let overrides = Arc::new(Overrides::read(&workspace, chosen)?);
        let conditions =
            typed.conditions.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let file = resolve(&workspace, &self.0, suite);
        let file = file.first().expect("it was written");
        let suite = Arc::new(read(&workspace, file, &overrides)?);
        let cases = expand(&suite)?;
        Graph::build(&suite, &cases)?;
        let renderer = Renderer::new(Arc::clone(&workspace), Arc::clone(&suite), &cases)?;
        let mut mistakes = Mistakes::default();
        for case in &cases {
            match renderer.render(case) {
                Ok(_) => {}
                Err(RenderError::Mistakes(found)) => mistakes.extend(found),
                Err(error) => return Err(error.into()),
            }
        }
        mistakes.collect(SetUps::render(&suite));
        mistakes.or(())?;
        let suites: [(&_, &[Case]); 1] = [(&*suite, &cases)];
        let mut mistakes = Mistakes::default();
        for condition in &conditions {
            mistakes.extend(condition.check(&suites));
        }
        mistakes.or(())?;
        let selection = Selection::of(typed.selectors.clone()).under(conditions);
        let selected: Vec<&Case> = cases.iter().filter(|case| selection.selects(&suite, case)).collect();
        for case in &selected {
            renderer.script(case).expect("what was rendered can be rendered");
        }
        Ok(selected.into_iter().map(|case| case.id.clone()).collect())
    }
}

enum Refusal {
    Mistakes(Mistakes),
    Other(String),
}

impl From<Mistakes> for Refusal {
    fn from(mistakes: Mistakes) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl From<ManifestError> for Refusal {
    fn from(error: ManifestError) -> Self {
        match error {
            ManifestError::Mistakes(mistakes) => Self::Mistakes(mistakes),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<SuiteError> for Refusal {
    fn from(error: SuiteError) -> Self {
        match error {
            SuiteError::Mistakes(mistakes) => Self::Mistakes(mistakes),
            SuiteError::File(other) => Self::Other(other.to_string()),
        }
    }
}

impl From<RenderError> for Refusal {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Mistakes(mistakes) => Self::Mistakes(mistakes),
            RenderError::File(other) => Self::Other(other.to_string()),
        }
    }
}

/// A mistake stands in its file, and is said in words.
fn check(mistake: &Mistake) -> Result<(), Finding> {
    let Some(place) = mistake.place() else {
        return Err(format!("without a place: {}", mistake.message()));
    };
    let text = &place.source.text;
    if text.get(place.range.clone()).is_none() {
        return Err(format!(
            "outside its file, {}..{} of {}: {}",
            place.range.start,
            place.range.end,
            text.len(),
            mistake.message()
        ));
    }
    let shown = mistake.render(false);
    if mistake.message().contains('\n') {
        return Err(format!("a message of several lines: {shown}"));
    }
    if shown.len() > 20_000 {
        return Err(format!("{} bytes are shown: {}", shown.len(), &shown[..shown.floor_char_boundary(300)]));
    }
    let words = shown.lines().filter(|line| !line.contains(" | ")).collect::<Vec<_>>().join("\n");
    check_words(mistake.message())?;
    check_words(&words)
}

/// No value as Rust prints it for its developers.
fn check_words(said: &str) -> Result<(), Finding> {
    let dumps =
        ["Some(", "Ok(", "Err(", "Error {", "Kind::", "Error(", "RefCell", "Span {", "Item {", "Spanned"];
    match dumps.into_iter().find(|dump| said.contains(dump)) {
        Some(dump) => Err(format!("`{dump}` in {said}")),
        None => Ok(()),
    }
}
