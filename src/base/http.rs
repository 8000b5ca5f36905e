//! One short HTTP GET.

use std::time::Duration;

/// Status, headers and body of an answer.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: ureq::http::HeaderMap,
    /// The whole body.
    pub body: String,
}

/// GETs `url`; any status is an answer. The error is one line for people.
pub fn get(url: &str, limit: Duration) -> Result<Answer, String> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(limit)).http_status_as_error(false).build().into();
    let mut response = agent.get(url).call().map_err(|error| format!("GET {url}: {error}"))?;
    let body = response.body_mut().read_to_string().map_err(|error| format!("GET {url}: {error}"))?;
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
}
