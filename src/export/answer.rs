//! What a destination answers over HTTP: taken, or refused in one line without secrets.

use std::time::Duration;

use serde_json::Value;

use super::error::ExportError;
use crate::base::http::{Answer, Client};
use crate::base::printable::beginning;

/// How much of what a server says is shown, in characters.
const SHOWN: usize = 300;

/// The answer to `what` (`POST ADDRESS`), where it says that all is well.
pub(super) fn taken(
    client: &Client,
    what: &str,
    answer: Result<Answer, String>,
) -> Result<Answer, ExportError> {
    let what = client.masked(what);
    match answer {
        Err(why) => Err(ExportError::NoAnswer { what, why }),
        Ok(answer) if (200..300).contains(&answer.status) => Ok(answer),
        Ok(answer) => {
            let said = match header(&answer, "location").filter(|_| (300..400).contains(&answer.status)) {
                Some(place) => {
                    let place = beginning(&client.masked(place), SHOWN);
                    format!("it redirects to `{place}`, and redirections are not followed")
                }
                None => said(&client.masked(&answer.body)),
            };
            // A date instead of seconds counts as nothing said.
            let seconds = header(&answer, "retry-after").and_then(|seconds| seconds.trim().parse().ok());
            let retry_after = seconds.map(Duration::from_secs);
            Err(ExportError::Refused { what, status: answer.status, said, retry_after })
        }
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name).and_then(|value| value.to_str().ok())
}

/// What a refusal says: those of an API may be JSON, those of what stands before it are any text.
fn said(body: &str) -> String {
    match serde_json::from_str::<Value>(body) {
        Ok(error) if error["message"].is_string() => {
            let code = error["error_code"].as_str().unwrap_or_default();
            beginning(&format!("{code} {}", error["message"].as_str().unwrap_or_default()), SHOWN)
        }
        _ => beginning(body, SHOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::http::Access;

    #[test]
    fn a_refusal_is_read_in_json_and_in_plain_text() {
        let json = r#"{"error_code": "INVALID_PARAMETER_VALUE", "message": "no\n such"}"#;
        assert_eq!(said(json), "INVALID_PARAMETER_VALUE no such");
        assert_eq!(said("Invalid Host header\n"), "Invalid Host header");
        assert_eq!(said(&"x".repeat(400)).chars().count(), SHOWN + 1);
        assert_eq!(said(""), "");
    }

    #[test]
    fn a_secret_across_the_cut_is_masked_before_it() {
        let access = Access { bearer: Some("hunter2-swordfish".to_owned()), ..Access::default() };
        let client = Client::new(&access, Duration::from_secs(1), 1_000).expect("a client");
        let body = format!("{}hunter2-swordfish", "x".repeat(SHOWN - 8));
        let headers = ureq::http::HeaderMap::new();
        let told = taken(&client, "POST /", Ok(Answer { status: 403, headers, body }));
        let told = told.map(drop).expect_err("refused").to_string();
        assert!(told.ends_with("xx***") && !told.contains("hunter2"), "{told}");
    }
}
