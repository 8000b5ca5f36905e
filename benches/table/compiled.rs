//! A suite compiled and planned in this process, through the library's public stages, as `build` does it.

use std::sync::Arc;

use howitzer::base::capture::Supervision;
use howitzer::base::environment::Environment;
use howitzer::base::interrupt::Interrupt;
use howitzer::execute::{Targets, host_facts};
use howitzer::expand::{Case, expand};
use howitzer::graph::Graph;
use howitzer::k6::{K6, Places, Requirement, find, install, installable};
use howitzer::manifest::{Workspace, open};
use howitzer::plan::{Circumstances, Compiled, Plan, Request, plan};
use howitzer::render::{Rendered, Renderer, SetUps};
use howitzer::result::HostFacts;
use howitzer::store::Store;
use howitzer::suite::{self, Suite};
use howitzer::target::Surroundings;
use rayon::prelude::*;

use crate::workspace::Space;

/// What follows from a suite's files alone.
pub(crate) struct Loaded {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) suite: Arc<Suite>,
    pub(crate) cases: Vec<Case>,
    pub(crate) graph: Graph,
    pub(crate) rendered: Vec<Rendered>,
    pub(crate) set_ups: SetUps,
    pub(crate) renderer: Renderer,
}

impl Loaded {
    /// Reads, expands and renders the suite called `name`.
    pub(crate) fn of(space: &Space, name: &str) -> Self {
        let workspace = Arc::new(open(&space.root).expect("the workspace is valid"));
        let file = suite::resolve(&workspace, &space.root, name).pop().expect("the suite exists");
        let suite = Arc::new(suite::read(&workspace, &file, &Arc::default()).expect("the suite is valid"));
        let cases = expand(&suite).expect("the suite expands");
        let graph = Graph::build(&suite, &cases).expect("the suite has an order");
        let renderer = Renderer::new(Arc::clone(&workspace), Arc::clone(&suite), &cases)
            .expect("the templates are valid");
        let rendered = cases.par_iter().map(|case| renderer.render(case).expect("the case renders"));
        let rendered = rendered.collect();
        let set_ups = SetUps::render(&suite).expect("the set-ups are valid");
        Self { workspace, suite, cases, graph, rendered, set_ups, renderer }
    }

    pub(crate) fn compiled(&self) -> Compiled<'_> {
        Compiled {
            suite: &self.suite,
            cases: &self.cases,
            graph: &self.graph,
            rendered: &self.rendered,
            set_ups: &self.set_ups,
            scrapes: &self.workspace.scrapes,
            renderer: &self.renderer,
        }
    }

    /// The plan against the workspace's store, targets as far as files tell.
    pub(crate) fn plan(&self, space: &Space, machine: &Machine) -> Plan {
        let store = Store::open(&space.root).expect("the store opens");
        let journal = store.journal(&self.suite.name).expect("the journal is readable");
        self.under(space, machine, |circumstances| {
            plan(&self.compiled(), circumstances, &store, &journal, &Request::default()).expect("a plan")
        })
    }

    /// Calls `what` with what a plan stands on beside the suite.
    pub(crate) fn under<T>(
        &self,
        space: &Space,
        machine: &Machine,
        what: impl FnOnce(&Circumstances<'_>) -> T,
    ) -> T {
        let store = Store::open(&space.root).expect("the store opens");
        let surroundings = Surroundings {
            root: space.root.clone(),
            out: self.workspace.out.clone(),
            environment: machine.environment.clone(),
            supervision: supervision(),
            k6: Some(machine.k6.path.clone()),
            scratch: store.root().join("scratch"),
        };
        let names = self.rendered.iter().filter_map(|rendered| rendered.shape.target.clone());
        let names: std::collections::BTreeSet<String> = names.collect();
        let targets =
            Targets::look(&self.workspace, names, &surroundings, &store, &howitzer::execute::Probing::none());
        let targets = targets.expect("the targets are known from files");
        what(&Circumstances {
            k6: &machine.k6.identity(),
            targets: targets.facts(),
            class: &machine.host.class,
            as_of: howitzer::base::clock::Instant::now(),
            shown_environment: &|_, _| String::new(),
            keyed: &|digest| *digest,
        })
    }
}

/// The cases of the suite called `name`, from its file.
pub(crate) fn read_and_expanded(space: &Space, name: &str) -> Vec<Case> {
    let workspace = open(&space.root).expect("the workspace is valid");
    let file = suite::resolve(&workspace, &space.root, name).pop().expect("the suite exists");
    expand(&suite::read(&workspace, &file, &Arc::default()).expect("the suite is valid"))
        .expect("the suite expands")
}

fn supervision() -> Supervision {
    Supervision { guard: env!("CARGO_BIN_EXE_howitzer").into(), interrupt: Interrupt::default() }
}

/// What keys hold of this machine.
pub(crate) struct Machine {
    pub(crate) environment: Environment,
    pub(crate) k6: K6,
    pub(crate) host: HostFacts,
}

impl Machine {
    /// Finds k6, and installs it as `build` would where there is none.
    pub(crate) fn of(space: &Space) -> Self {
        let environment = space.environment();
        let requirement = Requirement::read(Some("1.1")).expect("a requirement");
        let places = Places {
            environment: &environment,
            configured: None,
            tools: space.tools(),
            cache: None,
            supervision: &supervision(),
        };
        let look = || find(&places, &requirement).result().expect("candidates answer");
        let k6 = look().or_else(|| {
            let version = installable(&requirement).expect("a version that can be installed");
            install(version, space.tools(), &environment, &supervision(), &mut |_| ()).expect("k6 installs");
            look()
        });
        let host = host_facts(None, &environment);
        Self { k6: k6.expect("a k6 that fits"), host, environment }
    }
}
