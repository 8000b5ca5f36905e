//! `howitzer init`: a workspace that builds at once, for a server that is named, for one of its own, or for a script
//! that is there.
//!
//! Everything is made in memory first, and written only if none of it is there: nothing is overwritten.

mod kserve;
mod script;

use std::net::TcpListener;
use std::path::Path;

use super::arguments::{Arguments, InitArguments, Starter};
use super::failure::Failure;
use super::{exit, output};
use crate::base::files;
use crate::manifest::{FILE_NAME, locate};

/// What is to be written: paths relative to the new workspace, and texts.
struct Plan {
    files: Vec<(String, String)>,
    /// The suite to build.
    suite: String,
    notes: Vec<String>,
}

/// `init`.
pub(super) fn run(arguments: &Arguments, typed: &InitArguments) -> Result<u8, Failure> {
    let folder = arguments.directory.join(&typed.folder);
    if folder.join(FILE_NAME).exists() {
        let shown = folder.canonicalize().unwrap_or(folder);
        return Err(Failure::usage(format!("`{}` is a workspace already", shown.display())));
    }
    let plan = match (&typed.script, typed.template) {
        (Some(named), _) => script::plan(&arguments.directory, named, &typed.folder)?,
        (None, Starter::Http) => http(typed.url.as_deref())?,
        (None, Starter::Grpc) => grpc(typed)?,
        (None, Starter::Kserve) => kserve::plan(typed)?,
    };
    let taken: Vec<&str> =
        plan.files.iter().map(|(path, _)| path.as_str()).filter(|path| folder.join(path).exists()).collect();
    if !taken.is_empty() {
        let message = format!("`{}` would be overwritten", taken.join("`, `"));
        return Err(Failure::usage(format!("{message}\nhint: name an empty folder: `howitzer init FOLDER`")));
    }
    files::create_folder(&folder)?;
    if let Ok(above) = locate(&folder) {
        output::talk(&format!(
            "{:>10} `{}` is a workspace too; the nearest one counts",
            "note",
            above.display()
        ));
    }
    for note in &plan.notes {
        output::talk(&format!("{:>10} {note}", "note"));
    }
    for (path, text) in &plan.files {
        files::write_if_changed(&folder.join(path), text.as_bytes())?;
        output::talk(&format!("{:>10} {path}", "created"));
    }
    ignore_outputs(&folder)?;
    let there = if typed.folder == Path::new(".") {
        String::new()
    } else {
        format!("cd {} && ", typed.folder.display())
    };
    output::talk(&format!("{:>10} {there}howitzer build {}", "next", plan.suite));
    Ok(exit::DONE)
}

/// Outputs are made again by each build: they are no matter of a repository.
fn ignore_outputs(folder: &Path) -> Result<(), Failure> {
    const LINE: &str = "/out/";
    let path = folder.join(".gitignore");
    let text = files::read_if_present(&path)?.unwrap_or_default();
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if text.lines().any(|line| line.trim().trim_matches('/') == "out") {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    files::write_if_changed(&path, format!("{text}{LINE}\n").as_bytes())?;
    Ok(())
}

fn http(url: Option<&str>) -> Result<Plan, Failure> {
    let mut files = Vec::new();
    let target = if let Some(url) = url {
        check_url(url)?;
        include_str!("http_target.toml").replace("URL", url.trim_end_matches('/'))
    } else {
        files.push(("site/index.html".to_owned(), include_str!("index.html").to_owned()));
        include_str!("http_service.toml").replace("PORT", &free_port()?.to_string())
    };
    files.extend([
        (FILE_NAME.to_owned(), target),
        ("suites/http.toml".to_owned(), include_str!("http_suite.toml").to_owned()),
        ("k6_templates/http.js".to_owned(), include_str!("http.js").to_owned()),
    ]);
    let notes = url
        .is_none()
        .then(|| "no `--url`: the target is a small server of Python's own, on loopback".to_owned());
    Ok(Plan { files, suite: "http".to_owned(), notes: notes.into_iter().collect() })
}

fn grpc(typed: &InitArguments) -> Result<Plan, Failure> {
    let Some(address) = typed.url.as_deref() else {
        return Err(Failure::usage("`--template grpc` needs `--url HOST:PORT`: where the server listens"));
    };
    if address.contains("://") || !address.contains(':') {
        return Err(Failure::usage(format!(
            "`{address}` is no address of a gRPC server: expected HOST:PORT"
        )));
    }
    let files = vec![
        (FILE_NAME.to_owned(), include_str!("grpc_target.toml").replace("ADDRESS", address)),
        ("suites/grpc.toml".to_owned(), include_str!("grpc_suite.toml").to_owned()),
        ("k6_templates/grpc.js".to_owned(), include_str!("grpc.js").to_owned()),
        ("k6_templates/health.proto".to_owned(), include_str!("health.proto").to_owned()),
    ];
    Ok(Plan { files, suite: "grpc".to_owned(), notes: Vec::new() })
}

fn check_url(url: &str) -> Result<(), Failure> {
    if url.starts_with("http://") || url.starts_with("https://") {
        return Ok(());
    }
    Err(Failure::usage(format!("`{url}` is no address: expected one that begins with http:// or https://")))
}

fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    Ok(listener.map_err(|error| Failure::with(exit::INTERNAL, &error))?.port())
}
