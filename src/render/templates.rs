//! Templates: found in the templates folder, with what they include; rendered by tera.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use tera::Tera;

use super::engine::{self, engine};
use super::template_names::{included, named, template_names};
use super::variables::Variables;
use super::{RenderError, legacy, outside, paths};
use crate::base::digest::Digest;
use crate::base::document::{TextError, read_source};
use crate::base::engine_words::EngineWords;
use crate::base::excerpt::Excerpt;
use crate::base::files;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};
use crate::expand::Case;
use crate::manifest::Workspace;
use crate::suite::{Rendering, Suite};

/// The loaded templates of a suite.
pub(super) struct Templates {
    tera: Tera,
    rendering: Rendering,
    folder: PathBuf,
    /// What opens and closes a tag.
    block: [String; 2],
    sources: BTreeMap<String, Arc<Source>>,
    digests: BTreeMap<String, Digest>,
    /// Each template with what it includes, itself first.
    families: BTreeMap<String, BTreeSet<String>>,
    /// The variables that each template and what it includes use.
    used: BTreeMap<String, BTreeSet<String>>,
    /// The names and digests of each template and of all that it includes.
    sources_of: BTreeMap<String, Arc<BTreeMap<String, Digest>>>,
}

impl Templates {
    /// Loads what the cases of `suite` name. A missing template is a mistake at the place that names it.
    pub(super) fn load(workspace: &Workspace, suite: &Suite, cases: &[Case]) -> Result<Self, RenderError> {
        let folder = workspace.root.join(&workspace.templates);
        let (mut names, mut mistakes) = (BTreeSet::new(), Mistakes::default());
        for test in suite.tests.iter().filter(|test| !test.is_scripted()) {
            match named(test) {
                Err(RenderError::Mistakes(found)) => mistakes.extend(found),
                other => names.extend(other?),
            }
        }
        // A matrix may name templates that no case is left with; only what is used must be there.
        let used: BTreeSet<_> = cases.iter().map(|case| case.test).collect();
        let mut templates = Self {
            tera: engine(&workspace.delimiters, suite.rendering)?,
            rendering: suite.rendering,
            folder,
            block: workspace.delimiters.block.clone(),
            sources: BTreeMap::new(),
            digests: BTreeMap::new(),
            families: BTreeMap::new(),
            used: BTreeMap::new(),
            sources_of: BTreeMap::new(),
        };
        for (name, place, test) in names {
            if used.contains(&suite.tests.iter().position(|other| other.name == test).unwrap_or(usize::MAX)) {
                match templates.add_family(workspace, &name, &place.0) {
                    Err(RenderError::Mistakes(found)) => mistakes.extend_with_new(found),
                    other => other?,
                }
            }
        }
        mistakes.or(())?;
        templates.compile()?;
        Ok(templates)
    }

    /// Renders the template of a case; returns the script and the paths that `file()` declared.
    pub(super) fn render(
        &self,
        variables: &Variables<'_>,
        template: &str,
    ) -> Result<(String, BTreeSet<String>), RenderError> {
        let nothing = BTreeSet::new();
        let used = self.used.get(template).unwrap_or(&nothing);
        let context = variables.context(|name| used.contains(name));
        let (script, declared) = engine::print(&self.tera, template, variables.facets, &context)
            .map_err(|error| self.mistakes(&error, template, Some(variables)))?;
        let options = &variables.facets.options;
        if self.rendering == Rendering::Own && !options.is_empty && !self.prints_options(template) {
            let message = format!("the template `{template}` never prints the k6 options");
            let place = self.first_line(template);
            let mistake = place.map_or_else(|| Mistake::new(&message), |place| Mistake::at(&place, &message));
            return Err(mistake
                .label(format!("`{}` has options", variables.case.id))
                .hint("put `{{ k6_opts }}` on a line of its own")
                .into());
        }
        Ok((script, declared))
    }

    /// The first line of a template.
    pub(super) fn first_line(&self, template: &str) -> Option<Place> {
        let source = self.sources.get(template).cloned()?;
        Some(Place { range: 0..source.text.lines().next().map_or(0, str::len), source })
    }

    /// Whether a template prints the k6 options.
    pub(super) fn prints_options(&self, template: &str) -> bool {
        self.used.get(template).is_some_and(|used| used.contains("k6_opts") || used.contains("options"))
    }

    /// The names and digests of a template and of all that it includes.
    pub(super) fn sources_of(&self, template: &str) -> Arc<BTreeMap<String, Digest>> {
        self.sources_of.get(template).cloned().unwrap_or_default()
    }

    /// Where in a template or in what it includes the line of `script` stands at which `range` begins;
    /// none where that line was changed by rendering, or stands in several places.
    pub(super) fn place_of(&self, template: &str, script: &str, range: &Range<usize>) -> Option<Place> {
        let start = script.get(..range.start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let line = script[start..].lines().next().filter(|line| !line.trim().is_empty())?;
        let family = self.families.get(template)?.iter().filter_map(|name| self.sources.get(name));
        let mut found = family.flat_map(|source| lines_equal_to(source, line));
        let (source, at) = found.next().filter(|_| found.next().is_none())?;
        let begin = at + (range.start - start);
        let length = range.len().min(at + line.len() - begin);
        Some(Place { source: Arc::clone(source), range: begin..begin + length })
    }

    /// Where in a template or in what it includes `file()` is called for `path`; the first call where that is made of
    /// other values.
    pub(super) fn place_of_file(&self, template: &str, path: &str) -> Option<Place> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let family = self.families.get(template)?.iter().filter_map(|name| self.sources.get(name));
        let calls = || family.clone().flat_map(calls_of_file);
        let is_meant = |place: &Place| place.source.text[place.range.clone()].contains(name);
        calls().find(is_meant).or_else(|| calls().next())
    }

    fn add_family(&mut self, workspace: &Workspace, name: &str, place: &Place) -> Result<(), RenderError> {
        let mut family = BTreeSet::new();
        let mut waiting = vec![(name.to_owned(), place.clone())];
        while let Some((name, place)) = waiting.pop() {
            if !family.insert(name.clone()) {
                continue;
            }
            let source = self.source(workspace, &name, &place)?;
            for (included, range) in included(&source.text, &workspace.delimiters.block) {
                waiting.push((included, Place { source: Arc::clone(&source), range }));
            }
        }
        self.families.insert(name.to_owned(), family);
        Ok(())
    }

    fn source(
        &mut self,
        workspace: &Workspace,
        name: &str,
        place: &Place,
    ) -> Result<Arc<Source>, RenderError> {
        if let Some(source) = self.sources.get(name) {
            return Ok(Arc::clone(source));
        }
        let path = paths::join("", name).map(|inside| self.folder.join(inside)).filter(|path| path.is_file());
        let Some(path) = path else {
            let names = template_names(&self.folder);
            let mistake = Mistake::at(place, format!("no template `{name}` in `{}/`", workspace.templates))
                .label("expected a file of the templates folder");
            let mistake = match self.rendering {
                Rendering::Own => mistake,
                Rendering::Ancestor => mistake.hint(
                    "howitzer.toml says where templates are: [workspace] templates = \"FOLDER\"; where `CONFIG_FILE` \
                     names the suite, `TEMPLATE_DIR` does",
                ),
            };
            return Err(mistake.nearest(name, names.iter().map(String::as_str)).into());
        };
        outside::check(workspace, &format!("{}/{name}", workspace.templates))?;
        let shown = format!("{}/{name}", workspace.templates);
        let text = files::read_text(&path).map_err(|error| match read_source(&path, &shown) {
            Err(TextError::Mistakes(mistakes)) => RenderError::Mistakes(mistakes),
            _ => error.into(),
        })?;
        self.digests.insert(name.to_owned(), Digest::of(text.as_bytes()));
        let text = if self.rendering == Rendering::Ancestor { legacy::source(text) } else { text };
        let source = Arc::new(Source { path: shown, text });
        self.sources.insert(name.to_owned(), Arc::clone(&source));
        Ok(source)
    }

    fn compile(&mut self) -> Result<(), RenderError> {
        let texts = self.sources.iter().map(|(name, source)| (name.as_str(), source.text.as_str()));
        let compiled = self.tera.add_raw_templates(texts.collect::<Vec<_>>());
        // What the engine says of none of them is shown at the first.
        let first = self.sources.keys().next().map_or("", String::as_str);
        compiled.map_err(|error| self.mistakes(&error, first, None))?;
        for (template, family) in &self.families {
            let used = self.tera.get_template_variables(template).unwrap_or_default();
            self.used.insert(template.clone(), used.into_iter().map(str::to_owned).collect());
            let digests = family.iter().filter_map(|name| Some((name.clone(), *self.digests.get(name)?)));
            self.sources_of.insert(template.clone(), Arc::new(digests.collect()));
        }
        Ok(())
    }

    fn mistakes(
        &self,
        error: &tera::Error,
        template: &str,
        rendering: Option<&Variables<'_>>,
    ) -> RenderError {
        let words = EngineWords {
            name: template,
            closes: &self.block[1..],
            label: rendering.map(|variables| format!("while rendering `{}`", variables.case.id)),
            names: rendering.map(Variables::names).unwrap_or_default(),
            words: &["json", "js", "file"],
            ..EngineWords::default()
        };
        words.mistakes(error, |name| self.sources.get(name).map(Excerpt::of_file)).into()
    }
}

/// The calls of `file()` in a source.
fn calls_of_file(source: &Arc<Source>) -> impl Iterator<Item = Place> {
    let text = &source.text;
    text.match_indices("file(").map(move |(at, _)| {
        let end = text[at..].find([')', '\n']).map_or(text.len(), |end| at + end);
        Place { source: Arc::clone(source), range: at..end + usize::from(text[end..].starts_with(')')) }
    })
}

/// The lines of a source that are `line`, by where they begin.
fn lines_equal_to<'s>(
    source: &'s Arc<Source>,
    line: &'s str,
) -> impl Iterator<Item = (&'s Arc<Source>, usize)> {
    let mut from = 0;
    source.text.split_inclusive('\n').filter_map(move |whole| {
        let at = from;
        from += whole.len();
        (whole.trim_end_matches(['\n', '\r']) == line).then_some((source, at))
    })
}
