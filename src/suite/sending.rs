//! What of a suite's runs is sent while they go on: that is part of how they are watched.

use super::model::{Role, Suite};
use crate::manifest::{OtlpProtocol, Workspace};
use crate::spec::{Sending, Watch};

/// Says of every test what of its runs is sent, and notes which are not although the manifest asks for it.
pub(super) fn arrange(suite: &mut Suite, workspace: &Workspace) {
    let is_live = workspace.prometheus().is_some_and(|export| export.live);
    let mut untold = Vec::new();
    let measured = suite.tests.iter_mut().filter(|test| test.role == Role::Load);
    for test in measured {
        test.sending = match (test.watch, workspace.otlp()) {
            (Watch::Series, _) if is_live => Sending::RemoteWrite,
            (Watch::Otlp, Some(otlp)) if otlp.protocol == OtlpProtocol::Grpc => Sending::OtlpOverGrpc,
            (Watch::Otlp, Some(_)) => Sending::OtlpOverHttp,
            _ => Sending::Nothing,
        };
        if is_live && test.sending != Sending::RemoteWrite {
            untold.push(format!("`{}`", test.name));
        }
    }
    if !untold.is_empty() {
        let names = untold.join(", ");
        suite
            .notes
            .push(format!("not sent to Prometheus while they run: {names}; that needs `watch = \"series\"`"));
    }
    if workspace.otlp().is_some() && suite.tests.iter().all(|test| test.watch != Watch::Otlp) {
        let note = "nothing is sent to `[export.otlp]`: no test has `watch = \"otlp\"`";
        suite.notes.push(note.to_owned());
    }
}
