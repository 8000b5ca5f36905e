//! What the template of one case sees.

use tera::{Context, Value};

use super::facets::{CaseFacets, case_value};
use crate::expand::Case;
use crate::suite::{Rendering, Suite};

/// What the template of one case sees.
pub(super) struct Variables<'a> {
    pub(super) suite: &'a Suite,
    /// `suite`.
    pub(super) suite_value: &'a Value,
    pub(super) case: &'a Case,
    pub(super) facets: &'a CaseFacets,
}

impl Variables<'_> {
    /// The variables that are used; the others would only cost time.
    pub(super) fn context(&self, is_used: impl Fn(&str) -> bool) -> Context {
        let CaseFacets { options, vars, rest } = self.facets;
        let mut context = Context::new();
        let mut insert = |name: &'static str, value: &dyn Fn() -> Value| {
            if is_used(name) {
                context.insert_value(name, value());
            }
        };
        insert("k6_opts", &|| options.text.clone());
        insert("options", &|| options.value.clone());
        insert("vars", &|| vars.value.clone());
        insert("suite", &|| self.suite_value.clone());
        insert("case", &|| case_value(self.suite, self.case));
        for (name, value) in &rest.values {
            insert(name, &|| value.clone());
        }
        if self.suite.rendering == Rendering::Ancestor {
            let test = &self.suite.tests[self.case.test];
            for (name, value) in &vars.top {
                context.insert_value(name.clone(), value.clone());
            }
            context.insert_value("name", Value::normal_string(&test.name));
            context.insert_value("description", Value::normal_string(&test.description));
        }
        context
    }

    /// The names that a template may use.
    pub(super) fn names(&self) -> Vec<&str> {
        let rest = self.facets.rest.values.iter().map(|(name, _)| *name);
        let top = self.facets.vars.top.iter().map(|(name, _)| name.as_str());
        rest.chain(top).chain(["k6_opts", "options", "vars", "suite", "case"]).collect()
    }
}
