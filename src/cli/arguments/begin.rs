//! How one begins: a workspace, completion, schemas, manual pages.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct InitArguments {
    /// The folder, made where there is none.
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(in crate::cli) folder: PathBuf,
    /// What is loaded: a page over HTTP, a gRPC server, or a model behind the Open Inference Protocol.
    #[arg(long, value_name = "WHAT", default_value = "http")]
    pub(in crate::cli) template: Starter,
    /// A k6 script below FOLDER, which is neither moved nor changed: a suite sweeps it as it is.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["template", "url", "model"])]
    pub(in crate::cli) script: Option<PathBuf>,
    /// Where the server listens: http://HOST:PORT, for gRPC HOST:PORT. Without one, `http` loads a server of its own.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) url: Option<String>,
    /// The model to ask, for `kserve`.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) model: Option<String>,
}

/// What a new workspace begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Starter {
    Http,
    Grpc,
    Kserve,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct CompletionsArguments {
    /// For which shell.
    #[arg(value_name = "SHELL")]
    pub(in crate::cli) shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    /// The name by which clap's engine knows it.
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct SchemaArguments {
    /// Of which file.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) of: SchemaOf,
    /// Write it into this file.
    #[arg(short, long, value_name = "PATH")]
    pub(in crate::cli) output: Option<PathBuf>,
}

/// The files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SchemaOf {
    Suite,
    Workspace,
    Results,
    Report,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ManArguments {
    /// Write the pages of all commands into this folder.
    #[arg(short, long, value_name = "FOLDER")]
    pub(in crate::cli) output: Option<PathBuf>,
}
