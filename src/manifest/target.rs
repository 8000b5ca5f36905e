//! `[target.NAME]`: the system under test, how it is started, when it is ready, what identifies it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::values::{EnvironmentValue, environment};
use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::{Fields, expected, text};

/// A target as the manifest describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Where it is defined.
    pub place: Place,
    /// The default of a case's `base_url`.
    pub base_url: Option<String>,
    /// When it can take load.
    pub ready: Option<Ready>,
    /// What says which build of the target answers.
    pub identity: Vec<Probe>,
    /// How howitzer starts it, if it does.
    pub service: Option<Service>,
    /// How long to wait until it is ready.
    pub wait: Duration,
    /// Whether a build needs `--allow NAME` to load it.
    pub protected: bool,
}

impl Target {
    /// Whether somebody else runs it, and it is asked who it is.
    pub fn is_outside(&self) -> bool {
        self.service.is_none() && !self.identity.is_empty()
    }
}

/// A readiness check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// A GET that answers 2xx.
    Http(String),
    /// A TCP connection to `host:port`.
    Tcp(String),
    /// gRPC health checking (`grpc.health.v1.Health/Check`) on `host:port`.
    Grpc(String),
}

/// One question whose answer identifies the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// A GET; the whole body, a JSON path (`$.a.b[0]`) of it, or a response header.
    Http {
        /// The URL.
        url: String,
        /// A path into the JSON body.
        json: Option<String>,
        /// A response header's name.
        header: Option<String>,
    },
    /// A command's standard output.
    Command(Vec<String>),
    /// A file's content, relative to the workspace.
    File(String),
}

/// A target that howitzer starts and stops itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Run before the start, only when load is needed.
    pub build: Option<Vec<String>>,
    /// The folder it runs in, relative to the workspace.
    pub folder: String,
    /// Variables on top of howitzer's own environment.
    pub environment: BTreeMap<String, EnvironmentValue>,
    /// Globs of files that make another target when they change.
    pub inputs: Vec<String>,
    /// When it is restarted.
    pub restart: Restart,
}

/// When a service is restarted during a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Once started it serves the whole build.
    Never,
    /// Before every test.
    Test,
    /// Before every case.
    Case,
}

impl Restart {
    /// The word in the manifest and in keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Test => "test",
            Self::Case => "case",
        }
    }
}

impl Target {
    pub(super) fn read(name: &str, item: &Item) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let base_url = fields.text("base_url").map(str::to_owned);
        let ready = fields.read("ready", ready);
        let identity = fields.read("identity", identity).unwrap_or_default();
        let service = fields.read("service", service);
        let wait = fields.duration("wait");
        let protected = fields.truth("protected").unwrap_or(false);
        let default_wait = Duration::from_secs(if service.is_some() { 60 } else { 0 });
        fields.finish().or(Self {
            name: name.to_owned(),
            place: item.place.clone(),
            base_url,
            ready,
            identity,
            service,
            wait: wait.unwrap_or(default_wait),
            protected,
        })
    }
}

fn ready(item: &Item) -> Result<Ready, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let http = fields.text("http").map(|url| Ready::Http(url.to_owned()));
    let tcp = fields.text("tcp").map(|address| Ready::Tcp(address.to_owned()));
    let grpc = fields.text("grpc").map(|address| Ready::Grpc(address.to_owned()));
    fields.finish().or(())?;
    let mut given = [http, tcp, grpc].into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(ready), None) => Ok(ready),
        _ => Err(expected("exactly one of `http`, `tcp` and `grpc`", item).into()),
    }
}

fn identity(item: &Item) -> Result<Vec<Probe>, Mistakes> {
    match item.as_list() {
        Some(items) => items.iter().map(probe).collect(),
        None => Ok(vec![probe(item)?]),
    }
}

fn probe(item: &Item) -> Result<Probe, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let http = fields.text("http").map(str::to_owned);
    let json = fields.text("json").map(str::to_owned);
    let header = fields.text("header").map(str::to_owned);
    let command = fields.read("command", command).map(Probe::Command);
    let file = fields.text("file").map(|path| Probe::File(path.to_owned()));
    let mut mistakes = fields.finish();
    if http.is_none() && (json.is_some() || header.is_some()) || json.is_some() && header.is_some() {
        mistakes
            .push(Mistake::at(&item.place, "`json` and `header` exclude each other and belong to `http`"));
    }
    if http.as_ref().is_some_and(|url| url.contains("{{")) {
        let message = "an identity is one of the target, not of a case: nothing is rendered in it";
        let hint = "give each address a `[target.NAME]` of its own, and make `target` the axis";
        mistakes.push(Mistake::at(&item.place, message).hint(hint));
    }
    let http = http.map(|url| Probe::Http { url, json, header });
    mistakes.or(())?;
    let mut given = [http, command, file].into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(probe), None) => Ok(probe),
        _ => Err(expected("exactly one of `http`, `command` and `file`", item).into()),
    }
}

fn service(item: &Item) -> Result<Service, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let command_line = fields.read("command", command);
    let build = fields.read("build", command);
    let folder = fields.text("folder").unwrap_or(".").to_owned();
    let environment = fields.read("env", environment).unwrap_or_default();
    let inputs = fields.texts("inputs").unwrap_or_default();
    let inputs = inputs.into_iter().map(str::to_owned).collect();
    let restart = fields.read("restart", restart).unwrap_or(Restart::Never);
    let mut mistakes = fields.finish();
    if command_line.is_none() && item.as_table().is_some_and(|table| !table.contains_key("command")) {
        mistakes.push(Mistake::at(&item.place, "`command` is missing"));
    }
    let command = command_line.unwrap_or_default();
    mistakes.or(Service { command, build, folder, environment, inputs, restart })
}

fn restart(item: &Item) -> Result<Restart, Mistakes> {
    let words = [Restart::Never, Restart::Test, Restart::Case];
    let word = text(item)?;
    words.into_iter().find(|restart| restart.word() == word).ok_or_else(|| {
        let mistake = Mistake::at(&item.place, format!("unknown restart policy `{word}`"));
        mistake
            .label("expected \"never\", \"test\" or \"case\"")
            .nearest(word, words.map(Restart::word))
            .into()
    })
}

fn command(item: &Item) -> Result<Vec<String>, Mistakes> {
    let words: Vec<_> = item
        .as_list()
        .ok_or_else(|| expected("a list of the program and its arguments", item))?
        .iter()
        .map(|word| text(word).map(str::to_owned))
        .collect::<Result<_, _>>()?;
    if words.is_empty() { Err(expected("at least a program", item).into()) } else { Ok(words) }
}
