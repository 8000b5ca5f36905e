//! Whether a target can take load.

use std::net::{TcpStream, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant};

use super::{Surroundings, TargetError, grpc_health};
use crate::base::address::without_user;
use crate::base::http;
use crate::manifest::{Ready, Target};

const CHECK_LIMIT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until the target is ready, at most `target.wait`. `look` is called between two checks; its
/// error ends the waiting.
pub fn await_ready(
    target: &Target,
    surroundings: &Surroundings,
    look: &mut dyn FnMut() -> Result<(), TargetError>,
) -> Result<Duration, TargetError> {
    let started = Instant::now();
    let Some(ready) = &target.ready else { return Ok(Duration::ZERO) };
    loop {
        let problem = match check(ready, surroundings) {
            Ok(()) => return Ok(started.elapsed()),
            Err(problem) => problem,
        };
        look()?;
        if started.elapsed() >= target.wait {
            return Err(TargetError::NotReady {
                name: target.name.clone(),
                waited: started.elapsed(),
                last: problem,
            });
        }
        thread::sleep(PAUSE);
    }
}

/// Whether something answers already, and where.
pub fn is_answering(target: &Target, surroundings: &Surroundings) -> Option<String> {
    let ready = target.ready.as_ref()?;
    check(ready, surroundings).ok().map(|()| match ready {
        Ready::Http(address) | Ready::Tcp(address) | Ready::Grpc(address) => {
            without_user(address).into_owned()
        }
    })
}

fn check(ready: &Ready, surroundings: &Surroundings) -> Result<(), String> {
    match ready {
        Ready::Http(url) => match http::get(url, CHECK_LIMIT)?.status {
            200..300 => Ok(()),
            status => Err(format!("GET {}: status {status}", without_user(url))),
        },
        Ready::Tcp(address) => connect(address),
        Ready::Grpc(address) => {
            connect(address)?;
            grpc_health::check(address, surroundings)
        }
    }
}

fn connect(address: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("tcp {address}: {error}");
    let mut addresses = address.to_socket_addrs().map_err(failed)?;
    let first = addresses.next().ok_or_else(|| format!("tcp {address}: no such address"))?;
    TcpStream::connect_timeout(&first, CHECK_LIMIT).map(drop).map_err(failed)
}
